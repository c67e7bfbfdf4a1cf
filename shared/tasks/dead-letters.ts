import { MillraceError } from '../core/errors.ts';
import { isTerminalJob, isTerminalTask, MAX_ATTEMPTS } from '../core/job.ts';
import { type LossTimes, lostAttemptError } from '../core/lost-attempt-error.ts';
import type { TaskMessage, UploadNotice } from '../core/messages.ts';
import type { JobIntake } from '../core/ports/job-store.ts';
import type { TaskHandOver } from '../core/ports/task-ledger.ts';
import { advanceJob } from './advance-job.ts';
import { announceJob } from './announce-job.ts';
import { failLostChunk } from './chunks/fail-chunk.ts';
import type { FollowPorts } from './chunks/follow-chunk.ts';
import { type GiveUpPorts, giveUpTask } from './chunks/give-up-task.ts';
import { followEnd } from './chunks/run-chunk.ts';
import type { SweepChunksSettings } from './chunks/sweep-chunks.ts';
import { type DispatchPorts, type DispatchSettings, publishPlanned, recordUpload } from './dispatch.ts';
import type { FailTaskPorts } from './fail-task.ts';
import { handOverLost } from './hand-over.ts';
import { rejectJob } from './reject-job.ts';

export interface DeadLetterPorts extends GiveUpPorts {
  readonly jobs: FailTaskPorts['jobs'] & GiveUpPorts['jobs'] & TaskHandOver & JobIntake & FollowPorts['jobs'];
  readonly newId: DispatchPorts['newId'];
}

export interface DeadTaskSettings
  extends LossTimes,
    Pick<SweepChunksSettings, 'chunkWindow' | 'chunkSilenceMs'> {}

/** Times that a doorbell may come back from a dead-letter queue before its task counts as one nobody can take. */
const MAX_ROUNDS = 3;

/**
 * A doorbell that was received too often. The message says nothing about the task, so the task item decides: given to
 * a container when its function died at a limit; given up when its attempts are spent and no lease lives, or when its
 * doorbell has come back three times without an end; rung again otherwise.
 */
export async function deadTask(
  ports: DeadLetterPorts,
  settings: DeadTaskSettings,
  message: TaskMessage,
): Promise<void> {
  const { jobId, task: name, round = 0 } = message;
  const job = await ports.jobs.readPart(jobId, name);
  const chunk = job?.chunks[0];
  const task = chunk ?? job?.tasks[0];
  if (job === undefined || task === undefined) {
    ports.log.warn({ jobId, task: name }, 'dead doorbell of an unknown task ignored');
    return;
  }
  if (isTerminalJob(job.header.state)) return;
  const { leaseMs } = settings;
  const times = { leaseMs, silenceMs: chunk === undefined ? settings.silenceMs : settings.chunkSilenceMs };
  if (chunk !== undefined) {
    if (await followEnd(ports, job, chunk, settings.chunkWindow)) return;
    if (job.header.lane !== 'chunked' || (await failLostChunk(ports, job.header, chunk, times))) return;
  } else {
    if (isTerminalTask(task.state)) return advanceJob(ports, jobId, name);
    if (await handOverLost(ports, jobId, task, times)) return;
  }

  const isHeld = task.lease !== null && task.lease.expiresAt > ports.clock();
  if (!isHeld && task.attempt >= MAX_ATTEMPTS) {
    await giveUpTask(ports, job, task, lostAttemptError(task, times));
  } else if (!isHeld && round >= MAX_ROUNDS) {
    const reason = new MillraceError('infrastructure', 'No worker could take the task.', { retryable: true });
    await giveUpTask(ports, job, task, reason);
  } else {
    await ports.tasks.publish({ jobId, task: name, lane: task.lane, round: round + 1 });
    ports.log.info({ jobId, task: name, round: round + 1 }, 'dead doorbell rung again');
  }
}

/**
 * An upload that dispatch could not deal with, however often it came. The job is recorded when it is not yet, so
 * that the upload has a visible end; one that got as far as its plan is published.
 */
export async function deadUpload(
  ports: DeadLetterPorts,
  settings: Pick<DispatchSettings, 'profileHash' | 'lane' | 'chunkWindow'>,
  notice: UploadNotice,
): Promise<void> {
  const job = await recordUpload(ports, settings, notice);
  if (job === undefined) return;
  const { id, state, step } = job.header;
  if (isTerminalJob(state)) {
    await announceJob(ports, id);
  } else if (step === 'recorded') {
    ports.log.error({ jobId: id, key: notice.key }, 'upload given up');
    const reason = new MillraceError(
      'infrastructure',
      'The service could not look at the uploaded file, though it tried several times.',
      { retryable: true },
    );
    await rejectJob(ports, id, reason);
  } else {
    await publishPlanned(ports, id, settings.chunkWindow);
  }
}
