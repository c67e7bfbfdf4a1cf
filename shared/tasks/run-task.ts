import { backoffSeconds } from '../core/backoff-seconds.ts';
import { toJobError } from '../core/errors.ts';
import { isTerminalJob, type Job, type Lane, MAX_ATTEMPTS, type Task, type Usage } from '../core/job.ts';
import { isWaiting } from '../core/job-end.ts';
import { lostAttemptError } from '../core/lost-attempt-error.ts';
import type { TaskMessage } from '../core/messages.ts';
import type { MessageLease } from '../core/ports/messaging.ts';
import type {
  ClaimRef,
  TaskHandOver,
  TaskLedger,
  TaskNotes,
  TaskOutcome,
} from '../core/ports/task-ledger.ts';
import type { Make } from '../core/ports/work.ts';
import { hostTime } from '../core/route/project-end.ts';
import { advanceJob } from './advance-job.ts';
import { announceJob } from './announce-job.ts';
import { type AttemptPorts, attemptTask } from './attempt-task.ts';
import { type FailTaskPorts, failTask } from './fail-task.ts';
import { handOverLost, handOverReason, ringContainer } from './hand-over.ts';
import { ClaimLost, type KeepClaimPorts, keepClaim } from './keep-claim.ts';
import { type WatchHostPorts, watchHost } from './watch-host.ts';

export interface RunTaskPorts extends FailTaskPorts, AttemptPorts {
  readonly jobs: FailTaskPorts['jobs'] & TaskLedger & TaskHandOver;
  readonly message: MessageLease;
  readonly measureMemory: KeepClaimPorts['measureMemory'];
  readonly freeSpace: WatchHostPorts['freeSpace'];
}

/** The place where a task runs. */
export interface TaskHost {
  /** Unique for every delivery, so that no two claims share a name. */
  readonly worker: string;
  readonly lane: Lane;
  /** What this consumer makes; a message for anything else is not its own. */
  readonly taskNames: readonly string[];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** MB at which the host stops the worker. */
  readonly memoryMb: number;
  /** Epoch milliseconds at which the host stops the worker; null when it does not. */
  readonly deadline: number | null;
  /** How long before the deadline a task must be in other hands; null where no container takes it over. */
  readonly handOver: { readonly reserveMs: number } | null;
}

/** How late the host may notice a silent worker's deadline, beside its heartbeats. */
const KILL_DELAY_MS = 2_000;

/** Time before a host's end from which its workers may already be silent. */
export function silenceBeforeEnd(heartbeatMs: number): number {
  return 3 * heartbeatMs + KILL_DELAY_MS;
}

/**
 * Answers the doorbell of one task: claims it, makes and commits its outputs, settles, and moves the job on.
 * Returns when the message is done with, whatever became of the task; throws when it must come again.
 *
 * A message that meets a live lease is done with: the message that rang for that lease becomes visible again when
 * the lease runs out unrenewed.
 */
export async function runTask(
  ports: RunTaskPorts,
  message: TaskMessage,
  make: Make,
  host: TaskHost,
): Promise<void> {
  const { jobs, clock, log } = ports;
  const calledAt = clock();
  const { jobId, task: name } = message;
  const about = { jobId, task: name, worker: host.worker };
  if (message.lane !== host.lane || !host.taskNames.includes(name)) {
    log.warn({ ...about, lane: message.lane }, 'message of another consumer ignored');
    return;
  }
  const job = await jobs.read(jobId);
  const known = job?.tasks.find((task) => task.name === name);
  if (job === undefined || known === undefined) {
    log.warn(about, 'message of an unknown task ignored');
    return;
  }
  if (isTerminalJob(job.header.state)) {
    await announceJob(ports, jobId);
    return;
  }
  // One that waits is rung for when the last of those it waits for has ended.
  if (isWaiting(job, known)) return;
  if (known.state === 'pending' && known.lane === 'batch' && host.lane !== 'batch') {
    // Whoever handed it over may have died before it could ring.
    await ringContainer(ports, jobId, name);
    return;
  }
  const times = { leaseMs: host.leaseMs, silenceMs: silenceBeforeEnd(host.heartbeatMs) };
  if (host.handOver !== null && (await handOverLost(ports, jobId, known, times))) return;

  const now = clock();
  const { worker, lane, leaseMs, deadline, memoryMb } = host;
  const claim = await jobs.claim({ jobId, task: name, lane, worker, now, leaseMs, deadline, memoryMb });
  switch (claim.kind) {
    case 'busy':
      log.debug(about, 'task is in other hands');
      return;
    case 'closed':
      return advanceJob(ports, jobId, name);
    case 'exhausted':
      await failTask(ports, jobId, name, lostAttemptError(claim.task, times));
      return;
    case 'claimed':
      return workOn(ports, job, claim.task, watched(ports, name, make, host, calledAt), host);
  }
}

async function workOn(ports: RunTaskPorts, job: Job, task: Task, make: Make, host: TaskHost): Promise<void> {
  const { jobs, clock, log } = ports;
  const startedAt = clock();
  const { attempt } = task;
  const claim: ClaimRef = { jobId: job.header.id, task: task.name, worker: host.worker, attempt };
  const about = { ...claim };
  log.info(about, 'attempt started');

  const times = { leaseMs: host.leaseMs, heartbeatMs: host.heartbeatMs, memoryLimitMb: host.memoryMb };
  const kept = keepClaim(ports, times, claim, task.progress);
  const usage = (): Usage => ({ billedMs: clock() - startedAt, memoryMb: host.memoryMb, vcpuSeconds: 0 });

  /**
   * Writes nothing when a newer attempt holds the task: then nothing of this one counts. When nothing was written
   * because only the answer to an earlier write was lost, what follows must be done, so it is done either way.
   */
  async function settle(outcome: TaskOutcome): Promise<void> {
    await kept.stop();
    const lost: unknown = kept.signal.reason;
    if (lost instanceof ClaimLost && !lost.taken) throw lost;
    const settled = !kept.signal.aborted && (await jobs.settle(claim, outcome, clock()));
    log.info({ ...about, outcome: settled ? outcome.kind : 'lost' }, 'attempt ended');
  }

  async function note(notes: TaskNotes): Promise<void> {
    if (!(await jobs.note(claim, notes, clock())))
      throw new ClaimLost('Another attempt holds the task.', true);
  }

  let made: Awaited<ReturnType<typeof attemptTask>>;
  try {
    made = await attemptTask(ports, job, make, { task, signal: kept.signal, report: kept.report, note });
  } catch (thrown) {
    const reason = host.handOver === null ? null : handOverReason(thrown, task.name);
    if (reason !== null) {
      await settle({ kind: 'handedOver', reason, usage: usage() });
      if (kept.signal.aborted) return;
      log.info({ ...about, reason, err: thrown }, 'task handed over');
      return ringContainer(ports, claim.jobId, task.name);
    }
    const error = toJobError(thrown, task.name);
    if (!kept.signal.aborted) log.warn({ ...about, err: thrown, code: error.code }, 'attempt failed');
    if (error.retryable && attempt < MAX_ATTEMPTS) {
      await settle({ kind: 'released', error, usage: usage() });
      if (kept.signal.aborted) return;
      await ports.message.extend(backoffSeconds(attempt, host.leaseMs));
      throw thrown;
    }
    await settle({ kind: 'failed', error, usage: usage() });
    return advanceJob(ports, claim.jobId, task.name);
  }
  await settle({ kind: 'succeeded', ...made, usage: usage() });
  await advanceJob(ports, claim.jobId, task.name);
}

/** Where a container can take the task over, the maker is stopped before the host stops it. */
function watched(ports: RunTaskPorts, task: string, make: Make, host: TaskHost, calledAt: number): Make {
  const { deadline, handOver, heartbeatMs } = host;
  if (handOver === null) return make;
  const time = deadline === null ? null : hostTime(calledAt, deadline, handOver.reserveMs);
  return watchHost(ports, { task, time, lookMs: heartbeatMs }, make);
}
