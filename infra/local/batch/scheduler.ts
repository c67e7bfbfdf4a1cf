import { EventEmitter } from 'node:events';
import type { BusyEnvironment } from '../host/pool.ts';
import type { Container } from './container.ts';
import { type BatchJob, hasEnded, newJob, type Submission } from './job.ts';
import { type AttemptEnd, isRetried } from './retry-rules.ts';

/** An attempt at work. */
export interface StartedAttempt {
  readonly job: BatchJob;
  /** From 1. */
  readonly attempt: number;
  /** Process id and process group. */
  readonly pid: number;
}

/** What happens in the embedded Batch, for tests and reports. */
export class BatchEvents extends EventEmitter<{
  /** After every change of state but the submission. */
  changed: [BatchJob];
  submitted: [BatchJob];
  started: [StartedAttempt];
  /** An attempt that counts; its job may go on with another. */
  ended: [StartedAttempt & { readonly end: AttemptEnd; readonly maxMemoryMb: number }];
  /** The processes of any attempt. */
  gone: [{ readonly pid: number }];
}> {}

export interface SchedulerOptions {
  /** Processors to give away; a job that wants more runs alone. */
  readonly capacity: number;
  /** Starts the container of an attempt. */
  readonly start: (job: BatchJob, attempt: number) => Container;
  /** Between SIGTERM and SIGKILL of a job that is to end. */
  readonly stopMs: number;
  /** The same when Spot takes it away. */
  readonly reclaimMs: number;
  readonly clock: () => number;
}

export interface Scheduler {
  readonly events: BatchEvents;
  submit(submission: Submission): BatchJob;
  find(id: string): BatchJob | undefined;
  /** Oldest first. */
  jobs(): readonly BatchJob[];
  /** Ends a job, which then has failed; false when it has ended before. */
  terminate(id: string, reason: string): boolean;
  /** Takes the container of a job away, as Spot does. */
  reclaim(id: string): void;
  /** Ends a job and knows nothing of it any more; nobody is told. */
  forget(id: string): Promise<void>;
  /** Starts nothing from a queue, given by its logical id, until what is returned is called. */
  hold(queue: string): () => void;
  /** Containers at work, by process group. */
  busy(): ReadonlyMap<number, BusyEnvironment>;
  /** Kills all containers and tells nobody. */
  stop(): Promise<void>;
}

interface Running {
  readonly container: Container;
  readonly timer: NodeJS.Timeout;
  /** Whether another attempt is out of the question, whatever the rules say. */
  isFinal: boolean;
}

/** https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html */
const TIMED_OUT = 'Job attempt duration exceeded timeout';
/** In the words of ECS, which Batch passes on. */
const RECLAIMED = 'Your Spot Task was interrupted.';
/** Ended jobs that can still be asked for; AWS keeps them for a week. */
const MAX_KEPT = 1000;

/** Gives processors to jobs: by priority of their queues, then by age; nobody overtakes who waits for more of them. */
export function createScheduler({ capacity, start, stopMs, reclaimMs, clock }: SchedulerOptions): Scheduler {
  const events = new BatchEvents();
  const jobs = new Map<string, BatchJob>();
  const running = new Map<string, Running>();
  const busy = new Map<number, BusyEnvironment>();
  const held = new Set<string>();
  let isStopped = false;

  const change = (job: BatchJob, changes: Partial<BatchJob>): BatchJob => {
    const changed = { ...job, ...changes };
    jobs.set(job.id, changed);
    events.emit('changed', changed);
    return changed;
  };

  const waiting = (): readonly BatchJob[] =>
    [...jobs.values()]
      .filter(({ state, queue }) => state === 'RUNNABLE' && !held.has(queue.id))
      .sort((a, b) => b.queue.priority - a.queue.priority);

  const inUse = (): number =>
    [...running.keys()].reduce((sum, id) => sum + (jobs.get(id)?.definition.vcpus ?? 0), 0);

  const startNext = (): void => {
    for (const job of waiting()) {
      if (isStopped || (running.size > 0 && inUse() + job.definition.vcpus > capacity)) return;
      startAttempt(job);
    }
  };

  const startAttempt = (waited: BatchJob): void => {
    const attempt = waited.attempts.length + 1;
    const starting = change(waited, { state: 'STARTING', statusReason: null });
    const container = start(starting, attempt);
    const startedAt = clock();
    const timer = setTimeout(
      () => endRunning(waited.id, TIMED_OUT),
      Math.ceil(waited.definition.timeoutSeconds * 1000),
    );
    running.set(waited.id, { container, timer, isFinal: false });
    const job = change(starting, { state: 'RUNNING', startedAt, stoppedAt: null });
    const started = { job, attempt, pid: container.pid ?? 0 };
    let maxMemoryMb = 0;
    if (container.pid !== null) {
      busy.set(container.pid, {
        limitMb: waited.definition.memoryMb,
        note: (usedMb) => {
          maxMemoryMb = Math.max(maxMemoryMb, usedMb);
        },
        kill: () => container.kill('memory'),
      });
      events.emit('started', started);
    }
    void container.ended.then((end) => {
      const isFinal = running.get(job.id)?.isFinal ?? true;
      clearTimeout(timer);
      running.delete(job.id);
      busy.delete(started.pid);
      if (container.pid !== null) events.emit('gone', { pid: container.pid });
      if (!isStopped && jobs.has(job.id)) {
        settle({ end, attempt, isFinal, startedAt, job });
        if (container.pid !== null) events.emit('ended', { ...started, end, maxMemoryMb });
      }
      startNext();
    });
  };

  /** Records the end of an attempt. */
  const settle = (ended: {
    readonly job: BatchJob;
    readonly attempt: number;
    readonly end: AttemptEnd;
    readonly isFinal: boolean;
    readonly startedAt: number;
  }): void => {
    const { end, startedAt, attempt, isFinal } = ended;
    const job = jobs.get(ended.job.id) ?? ended.job;
    const stoppedAt = clock();
    const attempts = [...job.attempts, { ...end, startedAt, stoppedAt }];
    const { statusReason } = end;
    if (!isFinal && end.exitCode === 0)
      change(job, { attempts, stoppedAt, statusReason, state: 'SUCCEEDED' });
    else if (!isFinal && isRetried(job.definition.retry, attempt, end)) {
      change(job, { attempts, statusReason, state: 'RUNNABLE' });
    } else change(job, { attempts, stoppedAt, statusReason, state: 'FAILED' });
    forgetOld();
  };

  const endRunning = (id: string, reason: string): void => {
    const found = running.get(id);
    if (found === undefined) return;
    found.isFinal = true;
    found.container.stop(reason, stopMs);
  };

  const forgetOld = (): void => {
    const ended = [...jobs.values()].filter(hasEnded);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MAX_KEPT))) jobs.delete(id);
  };

  return {
    events,
    submit(submission) {
      const job = newJob(submission, clock());
      jobs.set(job.id, job);
      events.emit('submitted', job);
      change(job, { state: 'RUNNABLE' });
      startNext();
      return job;
    },
    find: (id) => jobs.get(id),
    jobs: () => [...jobs.values()],
    terminate(id, reason) {
      const job = jobs.get(id);
      if (job === undefined || hasEnded(job)) return false;
      if (running.has(id)) endRunning(id, reason);
      else change(job, { state: 'FAILED', statusReason: reason, stoppedAt: clock() });
      return true;
    },
    reclaim(id) {
      const found = running.get(id);
      if (found === undefined || jobs.get(id)?.queue.isSpot !== true) {
        throw new Error(`Batch job ${id} has no container that Spot could take away.`);
      }
      found.container.stop(RECLAIMED, reclaimMs);
    },
    async forget(id) {
      jobs.delete(id);
      await running.get(id)?.container.kill('stopped');
    },
    hold(queue) {
      held.add(queue);
      return () => {
        held.delete(queue);
        startNext();
      };
    },
    busy: () => busy,
    async stop() {
      isStopped = true;
      await Promise.all([...running.values()].map(({ container }) => container.kill('stopped')));
    },
  };
}
