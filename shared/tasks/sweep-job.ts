import { MillraceError } from '../core/errors.ts';
import { isTerminalJob, isTerminalTask, type Job, MAX_ATTEMPTS, type Task } from '../core/job.ts';
import { isWaiting, jobEnd } from '../core/job-end.ts';
import { lostAttemptError } from '../core/lost-attempt-error.ts';
import type { JobIntake } from '../core/ports/job-store.ts';
import type { UploadNotifier } from '../core/ports/messaging.ts';
import type { TaskHandOver, TaskLedger } from '../core/ports/task-ledger.ts';
import { announceJob } from './announce-job.ts';
import { type DispatchPorts, type DispatchSettings, publishPlanned } from './dispatch.ts';
import { type FailTaskPorts, failTask } from './fail-task.ts';
import { finalizeJob } from './finalize-job.ts';
import { handOverLost } from './hand-over.ts';
import { publishTasks } from './publish-tasks.ts';
import { rejectJob } from './reject-job.ts';
import { settingsChanged } from './sweep-upload.ts';

export interface SweepJobPorts extends FailTaskPorts {
  readonly jobs: FailTaskPorts['jobs'] & Pick<TaskLedger, 'ringDue'> & TaskHandOver & JobIntake;
  readonly uploads: UploadNotifier;
  readonly newId: DispatchPorts['newId'];
}

export interface SweepSettings extends Pick<DispatchSettings, 'profileHash' | 'lane'> {
  /** Age from which unfinished work counts as lost. */
  readonly afterMs: number;
  readonly leaseMs: number;
  /** See `lostAttemptError`. */
  readonly silenceMs: number;
  /** From its creation for which a job is kept; absent: for ever. */
  readonly keepMs?: number;
}

/** What a look at one job led to. */
export interface SweepCounts {
  /** Uploads given to dispatch again. */
  renotified: number;
  /** Doorbells rung again, those of tasks that go from a lost function to a container among them. */
  rung: number;
  failed: number;
  finalized: number;
  announced: number;
}

export const NOTHING_SWEPT: Readonly<SweepCounts> = {
  renotified: 0,
  rung: 0,
  failed: 0,
  finalized: 0,
  announced: 0,
};

const HOUR_MS = 3_600_000;
/** Nobody has taken the task for this long, whatever was rung: queues forget their messages at this age, too. */
const GIVE_UP_MS = 14 * 24 * HOUR_MS;
/** Part of the time for which a job is kept that its tasks may wait: it must have an end before it is forgotten. */
const KEPT_SHARE = 0.75;

/** Does for one job what a lost message or a dead process has left undone, when it is old enough to be sure. */
export async function sweepJob(
  ports: SweepJobPorts,
  settings: SweepSettings,
  jobId: string,
): Promise<SweepCounts> {
  const counts = { ...NOTHING_SWEPT };
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return counts;
  const { header } = job;
  const now = ports.clock();
  const isOld = now - Date.parse(header.updatedAt) >= settings.afterMs;

  if (isTerminalJob(header.state)) {
    if (isOld && (await announceJob(ports, jobId))) counts.announced += 1;
    return counts;
  }
  if (header.step === 'recorded') {
    if (!isOld) return counts;
    await ports.uploads.notify(header.source);
    counts.renotified += 1;
    if (header.profileHash !== settings.profileHash) await rejectJob(ports, jobId, settingsChanged());
    return counts;
  }
  if (header.step === 'planned' && isOld) await publishPlanned(ports, jobId);
  for (const task of job.tasks) await sweepTask(ports, settings, job, task, now, counts);
  if (isTaskWorkOld(job, now, settings) && jobEnd(job) !== null && (await finalizeJob(ports, jobId))) {
    counts.finalized += 1;
  }
  return counts;
}

async function sweepTask(
  ports: SweepJobPorts,
  settings: SweepSettings,
  job: Job,
  task: Task,
  now: number,
  counts: SweepCounts,
): Promise<void> {
  const since = unheldSince(job, task);
  if (since === null || now - since < settings.afterMs) return;
  const jobId = job.header.id;
  if (await handOverLost(ports, jobId, task, settings)) {
    counts.rung += 1;
  } else if (task.attempt >= MAX_ATTEMPTS) {
    if (await failTask(ports, jobId, task.name, lostAttemptError(task, settings))) counts.failed += 1;
  } else if (now - since >= GIVE_UP_MS || isNearlyForgotten(job, now, settings)) {
    const hours = Math.floor((now - since) / HOUR_MS);
    const reason = new MillraceError('infrastructure', `No worker took ${task.name} for ${hours} hours.`, {
      retryable: true,
    });
    if (await failTask(ports, jobId, task.name, reason)) counts.failed += 1;
  } else if (task.lane === 'batch') {
    // Whether a container is there for it, only the job's batch run tells.
    return;
  } else if (await ports.jobs.ringDue(jobId, task.name, now, settings.afterMs)) {
    await publishTasks(ports, job, [task]);
    counts.rung += 1;
  }
}

/** Epoch milliseconds from which a worker could have held the task and none has; null while none could. */
function unheldSince(job: Job, task: Task): number | null {
  if (isTerminalTask(task.state) || isWaiting(job, task)) return null;
  if (task.lease !== null) return task.lease.expiresAt;
  const ends = job.tasks.filter((other) => task.after.includes(other.name)).map((other) => other.updatedAt);
  return Math.max(...[task.updatedAt, ...ends].map(Date.parse));
}

function isNearlyForgotten({ header }: Job, now: number, { keepMs }: SweepSettings): boolean {
  return keepMs !== undefined && now - Date.parse(header.createdAt) >= KEPT_SHARE * keepMs;
}

function isTaskWorkOld(job: Job, now: number, settings: SweepSettings): boolean {
  return job.tasks.every((task) => now - Date.parse(task.updatedAt) >= settings.afterMs);
}
