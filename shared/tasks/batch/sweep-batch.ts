import { type BatchRun, isUnderWay } from '../../core/batch-run.ts';
import { openBatchTasks, unheldSince } from '../../core/batch-tasks.ts';
import { containerEnd, NOT_STARTED } from '../../core/container-end.ts';
import { isTerminalJob, type Job, type Task } from '../../core/job.ts';
import type { BatchRunEnder, BatchRuns, ContainerJobs, ContainerStatus } from '../../core/ports/batch.ts';
import type { TaskLedger } from '../../core/ports/task-ledger.ts';
import { publishTasks } from '../publish-tasks.ts';
import { type BatchSettings, type EndBatchRunPorts, endBatchRun } from './end-batch-run.ts';

/** A container on demand is waited for so many times as long as one of Spot: an hour by default. */
const ON_DEMAND_PATIENCE = 6;

export interface SweepBatchPorts extends EndBatchRunPorts {
  readonly jobs: EndBatchRunPorts['jobs'] & Pick<TaskLedger, 'ringDue'>;
  readonly runs: Pick<BatchRuns, 'read'> & BatchRunEnder;
  readonly containers: Pick<ContainerJobs, 'describe' | 'terminate'>;
}

export interface SweepBatchSettings extends BatchSettings {
  /** Age from which unfinished work counts as lost. */
  readonly afterMs: number;
  /** For which a container may wait for a host of Spot. */
  readonly startMs: number;
}

/**
 * Does for the container of one job what a lost doorbell, a lost event or a dead process has left undone, and asks on
 * demand for one that Spot does not start; one that does not start there, either, is asked for anew until the
 * submissions are spent.
 * @returns Doorbells rung
 */
export async function sweepBatch(
  ports: SweepBatchPorts,
  settings: SweepBatchSettings,
  jobId: string,
): Promise<number> {
  const { jobs, runs, containers, clock } = ports;
  const job = await jobs.read(jobId);
  if (job === undefined || isTerminalJob(job.header.state)) return 0;
  const open = openBatchTasks(job);
  if (open.length === 0) return 0;
  const run = await runs.read(jobId);
  const now = clock();

  if (run === undefined || !isUnderWay(run, now)) return ringForLost(ports, settings, job, open, now);
  // None yet while it is being submitted.
  const { batchJobId } = run;
  if (batchJobId === null || (run.lease !== null && run.lease.expiresAt > now)) return 0;

  const status = await containers.describe(batchJobId);
  // Batch may not know it yet.
  if (status === undefined && now - run.submittedAt < settings.afterMs) return 0;
  const end = containerEnd(status);
  if (end !== 'open') {
    await endBatchRun(ports, settings, jobId, { batchJobId, end });
  } else if (isOverdue(run, status, open, now, settings)) {
    ports.log.warn({ jobId, batchJobId, state: status?.state }, 'container not started in time');
    await containers.terminate(batchJobId, NOT_STARTED);
    await endBatchRun(ports, settings, jobId, { batchJobId, end: 'notStarted' });
  }
  return 0;
}

/** For a task that no container is there for, nor asked for, though its doorbell was rung long ago. */
async function ringForLost(
  ports: SweepBatchPorts,
  { afterMs }: SweepBatchSettings,
  job: Job,
  open: readonly Task[],
  now: number,
): Promise<number> {
  const lost = open.find((task) => now - unheldSince(task) >= afterMs);
  if (lost === undefined || !(await ports.jobs.ringDue(job.header.id, lost.name, now, afterMs))) return 0;
  await publishTasks(ports, job, [lost]);
  return 1;
}

/**
 * There is no host for it: since it was asked for, or since an attempt before has ended and given its tasks back. On
 * demand there soon is one, unless the account's quota or the setting is below what a container wants.
 */
function isOverdue(
  run: BatchRun,
  status: ContainerStatus | undefined,
  open: readonly Task[],
  now: number,
  { startMs }: SweepBatchSettings,
): boolean {
  if (status?.state === 'RUNNING') return false;
  const seen = [run.submittedAt, run.startedAt ?? 0, run.lease?.expiresAt ?? 0, ...open.map(unheldSince)];
  return now - Math.max(...seen) >= startMs * (run.queue === 'spot' ? 1 : ON_DEMAND_PATIENCE);
}
