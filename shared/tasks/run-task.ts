import { toJobError } from '../core/errors.ts';
import { type Job, MAX_ATTEMPTS, type Task } from '../core/job.ts';
import { isWaiting } from '../core/job-end.ts';
import { lostAttemptError } from '../core/lost-attempt-error.ts';
import type { TaskMessage } from '../core/messages.ts';
import type { TaskHandOver, TaskLedger } from '../core/ports/task-ledger.ts';
import type { Make } from '../core/ports/work.ts';
import { advanceJob } from './advance-job.ts';
import { answerDoorbell } from './answer-doorbell.ts';
import { type FailTaskPorts, failTask } from './fail-task.ts';
import { handOverLost, handOverReason, ringContainer } from './hand-over.ts';
import { lossTimesOf, type TaskHost } from './task-host.ts';
import { type Verdict, type WorkPorts, workOnTask } from './work-on-task.ts';

export interface RunTaskPorts extends FailTaskPorts, Omit<WorkPorts, 'jobs'> {
  readonly jobs: FailTaskPorts['jobs'] & TaskLedger & TaskHandOver;
}

/**
 * Answers the doorbell of one task: claims it, makes and commits its outputs, settles, and moves the job on.
 * Returns when the message is done with, whatever became of the task; throws when it must come again.
 */
export async function runTask(
  ports: RunTaskPorts,
  message: TaskMessage,
  make: Make,
  host: TaskHost,
): Promise<void> {
  const { jobs, clock } = ports;
  const calledAt = clock();
  const { jobId, task: name } = message;
  const times = lossTimesOf(host);

  async function work(job: Job, task: Task): Promise<void> {
    const place = { host, worker: host.worker, calledAt };
    const end = await workOnTask(ports, job, task, make, place, (thrown) => judge(thrown, task, host));
    if (end.kind === 'released') return;
    if (end.kind !== 'handedOver') return advanceJob(ports, jobId, name);
    if (!end.isLost) await ringContainer(ports, jobId, name);
  }

  await answerDoorbell(ports, message, host, {
    async read() {
      const job = await jobs.read(jobId);
      const task = job?.tasks.find((each) => each.name === name);
      return job && task && { job, task };
    },
    async isDone(job, task) {
      // One that waits is rung for when the last of those it waits for has ended.
      if (isWaiting(job, task)) return true;
      if (task.state === 'pending' && task.lane === 'batch' && host.lane !== 'batch') {
        // Whoever handed it over may have died before it could ring.
        await ringContainer(ports, jobId, name);
        return true;
      }
      return host.handOver !== null && handOverLost(ports, jobId, task, times);
    },
    async onClaim(job, claim) {
      if (claim.kind === 'closed') return advanceJob(ports, jobId, name);
      if (claim.kind === 'claimed') return work(job, claim.task);
      await failTask(ports, jobId, name, lostAttemptError(claim.task, times));
    },
  });
}

function judge(thrown: unknown, task: Task, host: TaskHost): Verdict {
  const reason = host.handOver === null ? null : handOverReason(thrown, task.name);
  if (reason !== null) return { kind: 'handedOver', reason };
  const error = toJobError(thrown, task.name);
  return { kind: error.retryable && task.attempt < MAX_ATTEMPTS ? 'released' : 'failed', error };
}
