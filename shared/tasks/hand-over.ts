import { MillraceError } from '../core/errors.ts';
import { isTerminalTask, type Task } from '../core/job.ts';
import { type LossTimes, lostBy } from '../core/lost-attempt-error.ts';
import type { Clock, Log } from '../core/ports/host.ts';
import type { TaskPublisher } from '../core/ports/messaging.ts';
import type { TaskHandOver } from '../core/ports/task-ledger.ts';
import { limitWords, lostWords } from '../core/route/hand-over-words.ts';

export interface HandOverPorts {
  readonly jobs: TaskHandOver;
  readonly tasks: TaskPublisher;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reason with which a maker is stopped whose host will not last; says why in words. */
export class HandOver extends Error {
  override readonly name = 'HandOver';
}

const LIMITS: readonly string[] = ['limit.disk', 'limit.memory', 'limit.timeout'];
const DISK_FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** Why a container is to make what a function could not, in words; null when it would not help. */
export function handOverReason(thrown: unknown, task: string): string | null {
  if (thrown instanceof HandOver) return thrown.message;
  if (thrown instanceof MillraceError && LIMITS.includes(thrown.code))
    return limitWords(task, thrown.message);
  if (thrown instanceof Error && 'code' in thrown && DISK_FULL.includes(thrown.code)) {
    return limitWords(task, 'There was not enough scratch space.');
  }
  return null;
}

/** Rings for a task that is in the lane `batch`. */
export function ringContainer(
  { tasks }: Pick<HandOverPorts, 'tasks'>,
  jobId: string,
  task: string,
): Promise<void> {
  return tasks.publish({ jobId, task, lane: 'batch' });
}

/**
 * Gives a task to a container whose function died at its time limit or above its memory, so that it does not die the
 * same way again. Rings even when somebody else was faster, who may have died before ringing.
 * @returns whether the task is such a one, with which the caller has nothing more to do
 */
export async function handOverLost(
  ports: HandOverPorts,
  jobId: string,
  task: Task,
  times: LossTimes,
): Promise<boolean> {
  const now = ports.clock();
  if (task.lane === 'batch' || isTerminalTask(task.state)) return false;
  if (task.lease === null || task.lease.expiresAt > now) return false;
  const by = lostBy(task, times);
  if (by === 'unknown') return false;
  const reason = lostWords(task, by);
  const moved = await ports.jobs.handOverUnclaimed(jobId, task.name, reason, now);
  ports.log.info({ jobId, task: task.name, reason, moved }, 'task of a lost function handed over');
  await ringContainer(ports, jobId, task.name);
  return true;
}
