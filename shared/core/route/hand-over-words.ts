import type { Task } from '../job.ts';
import type { LostBy } from '../lost-attempt-error.ts';
import type { HandOverDecision } from './decide-hand-over.ts';
import { type HostTime, type Pace, rateOf } from './project-end.ts';

const INSTEAD = 'a container makes it instead.';

/**
 * Why a worker hands its task over, for the status.
 * @param durationSeconds Of the output, whose progress the pace tells; null when it is something else.
 */
export function handOverWords(
  task: string,
  decision: Exclude<HandOverDecision, { kind: 'goOn' }>,
  pace: Pace | null,
  time: HostTime,
  durationSeconds: number | null,
  now: number,
): string {
  const limit = inSeconds(time.deadline - time.startedAt);
  if (decision.kind === 'lastMoment' || pace === null) {
    const state = pace === null ? 'had not ended' : `had reached ${percent(pace.fraction)}`;
    return `${task} ${state} when the ${limit} of its function were nearly over; ${INSTEAD}`;
  }
  const speed = rateOf(pace, time, now) * 1000 * (durationSeconds ?? 0);
  const how =
    durationSeconds === null
      ? `had reached ${percent(pace.fraction)} after ${inSeconds(now - time.startedAt)}`
      : `ran at ${Number(speed.toPrecision(2))}x of real time`;
  const lateMs = decision.end - time.deadline;
  const end =
    lateMs > 0
      ? `${inSeconds(lateMs)} after its function's limit of ${limit}`
      : `${inSeconds(-lateMs)} before its function's limit of ${limit}, too late to be sure of`;
  return `${task} ${how} and would have ended ${end}; ${INSTEAD}`;
}

/** Why a task is handed over whose worker was stopped. */
export function lostWords(task: Task, by: Exclude<LostBy, 'unknown'>): string {
  const how = by === 'timeout' ? 'at its time limit' : 'for want of memory';
  return `The function that made ${task.name} was stopped ${how}, at ${percent(task.progress)} of the work; ${INSTEAD}`;
}

/** Why a task is handed over whose worker has run into a limit. */
export function limitWords(task: string, detail: string): string {
  return `${detail.replace(/\.$/, '')} (${task}); ${INSTEAD}`;
}

/** @param freeMb Left in the scratch directory. */
export function spaceWords(task: string, freeMb: number): string {
  return `Only ${Math.floor(freeMb)} MB of scratch space were left to ${task} in its function; ${INSTEAD}`;
}

function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

function inSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}
