import { setTimeout as delay } from 'node:timers/promises';
import { isTerminalJob, isTerminalTask, type Job } from '../../core/job.ts';
import type { BatchLeases, BatchRuns } from '../../core/ports/batch.ts';
import type { MeasureMemory } from '../../core/ports/host.ts';
import type { MakeLadder } from '../../core/ports/ladder.ts';
import { advanceJob } from '../advance-job.ts';
import { announceJob } from '../announce-job.ts';
import { ClaimLost } from '../keep-claim.ts';
import { type ClaimPorts, claimOpenTasks } from './claim-open-tasks.ts';
import { type HeldTasks, type HeldTasksPorts, holdTasks } from './held-tasks.ts';
import { type JobLease, takeJobLease } from './keep-job-lease.ts';
import { type MakeTasksPorts, makeTasks } from './make-tasks.ts';
import { withGrace, within } from './time-limits.ts';

export interface RunBatchJobPorts extends ClaimPorts, MakeTasksPorts {
  readonly jobs: ClaimPorts['jobs'] & HeldTasksPorts['jobs'];
  readonly leases: BatchLeases;
  readonly runs: Pick<BatchRuns, 'read'>;
  readonly measureMemory: MeasureMemory;
}

/** The container. */
export interface BatchHost {
  readonly jobId: string;
  /** Unique for every attempt of every container. */
  readonly worker: string;
  readonly batchJobId: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly vcpus: number;
  /** MB at which Batch kills the container. */
  readonly memoryMb: number;
  /** Epoch milliseconds at which Batch stops the container; null when it does not. */
  readonly deadline: number | null;
  /** From the abort of `signal`, until which everything is in other hands, come what may. */
  readonly stopMs: number;
  /** Aborted when the container is told to end. */
  readonly signal: AbortSignal;
}

/**
 * - `done`: no task is open that this container could make
 * - `taken`: another container works on the job
 * - `terminated`: told to end; what was under way has been given back
 */
export type BatchJobEnd = 'done' | 'taken' | 'terminated';

/** Looks at a job whose tasks are in other hands, in the time of a lease: they may end or be handed over meanwhile. */
const LOOKS_PER_LEASE = 8;
const LEAST_WAIT_MS = 10;

/**
 * Works on a job's tasks of the lane `batch` until none is open, under a lease of the whole job. Tasks that a dead
 * container holds are waited for; those that are handed over meanwhile are made, too. Whatever fails for reasons of
 * the video ends attempts; rejects on trouble of the service, after giving back what was under way.
 */
export async function runBatchJob(
  ports: RunBatchJobPorts,
  makeLadder: MakeLadder,
  host: BatchHost,
): Promise<BatchJobEnd> {
  let lease: JobLease | undefined;
  try {
    lease = await takeJobLease(ports, host, host.signal);
  } catch (error) {
    if (host.signal.aborted) return 'terminated';
    throw error;
  }
  return lease === undefined ? 'taken' : workUnder(lease, ports, makeLadder, host);
}

async function workUnder(
  lease: JobLease,
  ports: RunBatchJobPorts,
  makeLadder: MakeLadder,
  host: BatchHost,
): Promise<BatchJobEnd> {
  const times = { leaseMs: host.leaseMs, heartbeatMs: host.heartbeatMs, memoryLimitMb: host.memoryMb };
  const held = holdTasks(ports, times, host);
  const signal = AbortSignal.any([host.signal, lease.signal]);
  try {
    await withGrace(workOff(lease, held, ports, makeLadder, { ...host, signal }), signal, host.stopMs / 2);
    return 'done';
  } catch (error) {
    await leave(lease, held, ports, host);
    const lost: unknown = lease.signal.reason;
    if (lost instanceof ClaimLost && lost.taken) return 'taken';
    if (host.signal.aborted) return 'terminated';
    throw error;
  }
}

/** Gives everything back. What cannot be given back in time runs out by itself; whoever comes next waits for that. */
async function leave(
  lease: JobLease,
  held: HeldTasks,
  { log }: RunBatchJobPorts,
  { jobId, worker, stopMs }: BatchHost,
): Promise<void> {
  const left = held.giveBack().then(() => lease.release());
  await within(left, stopMs / 2).catch((err: unknown) => {
    log.warn({ err, jobId, worker }, 'leases not given back');
  });
}

/** Resolves when the run is closed. */
async function workOff(
  lease: JobLease,
  held: HeldTasks,
  ports: RunBatchJobPorts,
  makeLadder: MakeLadder,
  host: BatchHost,
): Promise<void> {
  const { jobs, clock, log } = ports;
  const { jobId, leaseMs, signal } = host;
  for (;;) {
    signal.throwIfAborted();
    // Before the look at the tasks: whoever rings after it finds the run not yet closed.
    const { rings, generation, queue } = await lease.renew();
    const job = await jobs.read(jobId);
    const isOver = job === undefined || isTerminalJob(job.header.state);
    const freeAt = isOver ? null : await claimOpenTasks(ports, held, job, host);
    const tasks = held.names();
    if (job !== undefined && tasks.length > 0) {
      log.info({ jobId, generation, queue, tasks }, 'making tasks');
      const pauseMs = await makeTasks(ports, makeLadder, job, held, host);
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal });
      continue;
    }
    if (freeAt !== null) {
      const waitMs = Math.min(freeAt - clock(), leaseMs / LOOKS_PER_LEASE);
      await delay(Math.max(LEAST_WAIT_MS, waitMs), undefined, { signal });
      continue;
    }
    if (job !== undefined) await finishEnded(ports, job);
    if (await lease.close(rings)) {
      log.info({ jobId, generation, rings }, 'nothing left to do');
      return;
    }
  }
}

/** What a container left undone that died after it had ended a task. */
async function finishEnded(ports: RunBatchJobPorts, job: Job): Promise<void> {
  if (isTerminalJob(job.header.state)) {
    await announceJob(ports, job.header.id);
    return;
  }
  const ended = job.tasks.filter((task) => task.lane === 'batch' && isTerminalTask(task.state));
  for (const task of ended) await advanceJob(ports, job.header.id, task.name);
}
