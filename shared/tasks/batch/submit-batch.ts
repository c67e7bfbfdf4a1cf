import { type BatchRun, isUnderWay, MAX_SUBMISSIONS, SUBMITTING_MS } from '../../core/batch-run.ts';
import { hasAttemptsLeft, openBatchTasks } from '../../core/batch-tasks.ts';
import { submissionsSpent } from '../../core/container-failure.ts';
import { isTerminalJob, type Job, type Task } from '../../core/job.ts';
import { type LossTimes, lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { TaskMessage } from '../../core/messages.ts';
import type { BatchRuns, ContainerJobs } from '../../core/ports/batch.ts';
import type { MessageLease } from '../../core/ports/messaging.ts';
import { containerScratchMb } from '../../core/route/container-scratch.ts';
import { advanceJob } from '../advance-job.ts';
import { announceJob } from '../announce-job.ts';
import type { FailTaskPorts } from '../fail-task.ts';
import { failOpenTasks } from './fail-open-tasks.ts';

export interface SubmitBatchPorts extends FailTaskPorts {
  readonly runs: BatchRuns;
  readonly containers: Pick<ContainerJobs, 'submit'>;
  /** The doorbell. */
  readonly message: MessageLease;
}

/** The run may end and begin anew between a look at it and a write; not as often as this. */
const MAX_LOOKS = 5;

/**
 * Answers a doorbell of the lane `batch`: there is a container for the job's open tasks, or one is asked for. Returns
 * when the message is done with; throws when it must come again.
 *
 * A run under way is rung: it does not end before its worker has heard that, or Batch says what became of it. One that
 * is being submitted may be left lying by a crash; the sweep finds it.
 */
export async function submitBatch(
  ports: SubmitBatchPorts,
  settings: LossTimes,
  message: TaskMessage,
): Promise<void> {
  const { jobs, runs, clock, log } = ports;
  const { jobId, task, lane } = message;
  if (lane !== 'batch') {
    log.warn({ jobId, task, lane }, 'message of another consumer ignored');
    return;
  }
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const job = await jobs.read(jobId);
    if (job === undefined) {
      log.warn({ jobId, task }, 'message of an unknown job ignored');
      return;
    }
    if (isTerminalJob(job.header.state)) {
      await announceJob(ports, jobId);
      return;
    }
    const open = openBatchTasks(job);
    if (open.length === 0) return advanceJob(ports, jobId, task);

    const run = await runs.read(jobId);
    if (run !== undefined && isUnderWay(run, clock())) {
      if (await runs.ring(jobId)) return;
    } else if (!open.some(hasAttemptsLeft)) {
      return failAll(ports, settings, jobId, (each) => lostAttemptError(each, settings));
    } else if (run !== undefined && run.generation >= MAX_SUBMISSIONS) {
      return failAll(ports, settings, jobId, (each) => submissionsSpent(run, each));
    } else if (await elected(ports, job, open, run)) {
      return;
    }
  }
  throw new Error(`The batch run of job ${jobId} kept changing.`);
}

/** False when somebody else is the one who submits. */
async function elected(
  ports: SubmitBatchPorts,
  { header }: Job,
  open: readonly Task[],
  before: BatchRun | undefined,
): Promise<boolean> {
  const { runs, containers, clock, log } = ports;
  const { id: jobId, plan } = header;
  if (plan === null) throw new Error(`Job ${jobId} has tasks and no plan.`);
  const { generation: after, queue, spotLosses } = before ?? { generation: 0, queue: 'spot', spotLosses: 0 };
  if (!(await runs.elect(jobId, { after, queue, spotLosses, now: clock() }))) return false;

  const generation = after + 1;
  const names = open.map(({ name }) => name);
  try {
    const scratchMb = containerScratchMb(plan, names);
    const batchJobId = await containers.submit({ jobId, queue, scratchMb });
    const recorded = await runs.recordSubmission(jobId, generation, batchJobId);
    log.info(
      { jobId, generation, queue, batchJobId, tasks: names, scratchMb, recorded },
      'container asked for',
    );
    return true;
  } catch (error) {
    // The election stands until it counts as left lying, so that the doorbells of other tasks do not use up the
    // submissions while Batch is out of order.
    await ports.message.extend(refusedSeconds(generation));
    throw error;
  }
}

/** 1, 2, 4, 8 minutes, since an outage of Batch may last; after the last one there is nothing to wait for. */
function refusedSeconds(generation: number): number {
  return (SUBMITTING_MS / 1000) * (generation < MAX_SUBMISSIONS ? 2 ** (generation - 1) : 1);
}

async function failAll(
  ports: SubmitBatchPorts,
  { leaseMs }: LossTimes,
  jobId: string,
  reasonOf: Parameters<typeof failOpenTasks>[3],
): Promise<void> {
  const heldUntil = await failOpenTasks(ports, jobId, leaseMs, reasonOf);
  if (heldUntil === null) return;
  await ports.message.extend(Math.max(0, heldUntil - ports.clock()) / 1000);
  throw new Error(`Tasks of job ${jobId} are held and cannot be failed yet.`);
}
