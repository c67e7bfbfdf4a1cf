import { type BatchRun, MAX_SUBMISSIONS } from '../../core/batch-run.ts';
import { hasAttemptsLeft, openBatchTasks } from '../../core/batch-tasks.ts';
import type { ContainerEnd } from '../../core/container-end.ts';
import {
  type ContainerLimits,
  containerFailure,
  isFinal,
  nextQueue,
  submissionsSpent,
} from '../../core/container-failure.ts';
import { isTerminalJob } from '../../core/job.ts';
import { type LossTimes, lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { BatchRunEnder, BatchRuns } from '../../core/ports/batch.ts';
import { announceJob } from '../announce-job.ts';
import type { FailTaskPorts } from '../fail-task.ts';
import { finalizeJob } from '../finalize-job.ts';
import { publishTasks } from '../publish-tasks.ts';
import { failOpenTasks } from './fail-open-tasks.ts';

export interface EndBatchRunPorts extends FailTaskPorts {
  readonly runs: Pick<BatchRuns, 'read'> & BatchRunEnder;
}

/** What a container has, and how long the leases of its tasks last. */
export interface BatchSettings extends ContainerLimits, LossTimes {}

/** A container of which Batch says, by words or by not knowing it, that it has ended. */
export interface EndedContainer {
  readonly batchJobId: string;
  readonly end: ContainerEnd;
}

/**
 * What follows the end of a container: what it has left open fails where the next container would end the same way;
 * otherwise a doorbell asks for that one. Safe to repeat, late and out of order, since only the container that the run
 * is about counts. One that ended before its submission was recorded is left to the sweep.
 * @returns Epoch milliseconds at which it must be done again because tasks are held; null when all is done
 */
export async function endBatchRun(
  ports: EndBatchRunPorts,
  settings: BatchSettings,
  jobId: string,
  { batchJobId, end }: EndedContainer,
): Promise<number | null> {
  const { runs, clock, log } = ports;
  const run = await runs.read(jobId);
  const now = clock();
  if (run === undefined || run.batchJobId !== batchJobId || isHeldByAnother(run, batchJobId, now)) {
    log.info({ jobId, batchJobId, end }, 'end of a container that does not count');
    return null;
  }

  const isLast = run.generation >= MAX_SUBMISSIONS;
  // Before the run ends: after a crash in between, whoever comes next must find why it did.
  if (isLast || isFinal(end)) {
    const heldUntil = await failOpenTasks(
      ports,
      jobId,
      settings.leaseMs,
      (task) => containerFailure(end, task, settings) ?? submissionsSpent(run, task),
    );
    if (heldUntil !== null) return heldUntil;
  }
  await runs.end(jobId, run.generation, nextQueue(run, end));
  log.info({ jobId, batchJobId, end, generation: run.generation }, 'container ended');
  return askForNext(ports, settings, jobId);
}

/** Looks at the tasks once more: until the run had ended, a doorbell of one was done with when it had rung. */
async function askForNext(
  ports: EndBatchRunPorts,
  settings: BatchSettings,
  jobId: string,
): Promise<number | null> {
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return null;
  if (isTerminalJob(job.header.state)) {
    await announceJob(ports, jobId);
    return null;
  }
  const open = openBatchTasks(job);
  if (open.length === 0) {
    await finalizeJob(ports, jobId);
    return null;
  }
  if (!open.some(hasAttemptsLeft)) {
    return failOpenTasks(ports, jobId, settings.leaseMs, (task) => lostAttemptError(task, settings));
  }
  await publishTasks(ports, job, open.slice(0, 1));
  return null;
}

function isHeldByAnother({ lease }: BatchRun, batchJobId: string, now: number): boolean {
  return lease !== null && lease.expiresAt > now && !lease.worker.startsWith(`${batchJobId}#`);
}
