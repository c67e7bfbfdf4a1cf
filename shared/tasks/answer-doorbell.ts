import { isTerminalJob, type Job, type Task } from '../core/job.ts';
import type { TaskMessage } from '../core/messages.ts';
import type { Clock, Log } from '../core/ports/host.ts';
import type { ClaimResult, TaskLedger } from '../core/ports/task-ledger.ts';
import { type AnnouncePorts, announceJob } from './announce-job.ts';
import { isMadeBy, type TaskHost } from './task-host.ts';

export interface AnswerPorts extends AnnouncePorts {
  readonly jobs: AnnouncePorts['jobs'] & Pick<TaskLedger, 'claim'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What tells one kind of task from another beside its maker. */
export interface TaskKind {
  /** As much of the job as is needed before the claim, and the task itself; undefined when it is not there. */
  read(jobId: string, name: string): Promise<{ readonly job: Job; readonly task: Task } | undefined>;
  /** Does what is left to do for a task that is not to be claimed; whether it was one. */
  isDone(job: Job, task: Task): Promise<boolean>;
  /** What follows a claim. A task that is in other hands needs nothing. */
  onClaim(job: Job, claim: Exclude<ClaimResult, { kind: 'busy' }>): Promise<void>;
}

/**
 * Answers the doorbell of one task: looks whether it is to be done here, and claims it.
 *
 * A message that meets a live lease is done with: the message that rang for that lease becomes visible again when
 * the lease runs out unrenewed.
 */
export async function answerDoorbell(
  ports: AnswerPorts,
  message: TaskMessage,
  host: TaskHost,
  kind: TaskKind,
): Promise<void> {
  const { jobs, clock, log } = ports;
  const { jobId, task: name } = message;
  const { worker, lane, leaseMs, deadline, memoryMb } = host;
  const about = { jobId, task: name, worker };
  if (message.lane !== lane || !isMadeBy(host, name)) {
    log.warn({ ...about, lane: message.lane }, 'message of another consumer ignored');
    return;
  }
  const found = await kind.read(jobId, name);
  if (found === undefined) {
    log.warn(about, 'message of an unknown task ignored');
    return;
  }
  const { job, task } = found;
  if (isTerminalJob(job.header.state)) {
    if (job.header.announcedAt === null) await announceJob(ports, jobId);
    return;
  }
  if (await kind.isDone(job, task)) return;

  const now = clock();
  const claim = await jobs.claim({ jobId, task: name, lane, worker, now, leaseMs, deadline, memoryMb });
  if (claim.kind === 'busy') log.debug(about, 'task is in other hands');
  else await kind.onClaim(job, claim);
}
