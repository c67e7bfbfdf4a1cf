import { parseChunkName } from '../core/chunks/chunk-names.ts';
import { MillraceError } from '../core/errors.ts';
import { type Job, MAX_ATTEMPTS, type Task } from '../core/job.ts';
import { lostAttemptError } from '../core/lost-attempt-error.ts';
import type { TaskHandOver, TaskLedger } from '../core/ports/task-ledger.ts';
import { failLostChunk } from './chunks/fail-chunk.ts';
import { type GiveUpPorts, giveUpTask } from './chunks/give-up-task.ts';
import { handOverLost } from './hand-over.ts';
import { publishTasks } from './publish-tasks.ts';

export interface SweepTaskPorts extends GiveUpPorts {
  readonly jobs: GiveUpPorts['jobs'] & Pick<TaskLedger, 'ringDue'> & TaskHandOver;
}

export interface SweepTaskSettings {
  /** Age from which unfinished work counts as lost. */
  readonly afterMs: number;
  readonly leaseMs: number;
  /** See `lostAttemptError`. */
  readonly silenceMs: number;
  /** From its creation for which a job is kept; absent: for ever. */
  readonly keepMs?: number;
}

/** - `left`: nothing was to be done, or somebody else was faster */
export type SweptTask = 'left' | 'rung' | 'failed';

const HOUR_MS = 3_600_000;
/** Nobody has taken the task for this long, whatever was rung: queues forget their messages at this age, too. */
const GIVE_UP_MS = 14 * 24 * HOUR_MS;
/** Part of the time for which a job is kept that its tasks may wait: it must have an end before it is forgotten. */
const KEPT_SHARE = 0.75;

/**
 * Does for a task or chunk that nobody holds what a lost message or a dead process has left undone.
 * @param since Epoch milliseconds from which a worker could have held it and none has.
 */
export async function sweepTask(
  ports: SweepTaskPorts,
  settings: SweepTaskSettings,
  job: Job,
  task: Task,
  since: number,
  now: number,
): Promise<SweptTask> {
  if (now - since < settings.afterMs) return 'left';
  const jobId = job.header.id;
  if (parseChunkName(task.name) !== null) {
    if (await failLostChunk(ports, job.header, task, settings)) return 'failed';
  } else if (await handOverLost(ports, jobId, task, settings)) {
    return 'rung';
  }
  const giveUp = async (reason: MillraceError): Promise<SweptTask> =>
    (await giveUpTask(ports, job, task, reason)) ? 'failed' : 'left';

  if (task.attempt >= MAX_ATTEMPTS) return giveUp(lostAttemptError(task, settings));
  if (now - since >= GIVE_UP_MS || isNearlyForgotten(job, now, settings)) {
    const hours = Math.floor((now - since) / HOUR_MS);
    const detail = `No worker took ${task.name} for ${hours} hours.`;
    return giveUp(new MillraceError('infrastructure', detail, { retryable: true }));
  }
  // Whether a container is there for it, only the job's batch run tells.
  if (task.lane === 'batch') return 'left';
  if (!(await ports.jobs.ringDue(jobId, task.name, now, settings.afterMs))) return 'left';
  await publishTasks(ports, job, [task]);
  return 'rung';
}

function isNearlyForgotten({ header }: Job, now: number, { keepMs }: SweepTaskSettings): boolean {
  return keepMs !== undefined && now - Date.parse(header.createdAt) >= KEPT_SHARE * keepMs;
}
