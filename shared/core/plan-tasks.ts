import { chunkNames } from './chunks/chunk-order.ts';
import { type Lane, NO_USAGE, type Task } from './job.ts';
import type { Rung } from './ladder.ts';
import type { Plan } from './plan.ts';

export const THUMBNAILS_TASK = 'thumbnails';

/**
 * The tasks of a plan: one for every rung of the ladder, made or skipped, then the thumbnails. In functions these wait
 * for the lowest rendition because they are cut from its keyframes; in a container one decode makes everything at once,
 * and what is put together from chunks begins with the first of them.
 * @param now Epoch milliseconds.
 */
export function planTasks(plan: Plan, rungs: readonly Rung[], lane: Lane, now: number): Task[] {
  const lowest = plan.renditions[0];
  const reasons = new Map(plan.skipped.map(({ name, reason }) => [name, reason]));
  const names = [...rungs].sort((a, b) => a.shortSide - b.shortSide).map((rung) => rung.name);
  return [
    ...names.map((name) => {
      const skipReason = reasons.get(name);
      return newTask(name, lane, now, skipReason === undefined ? {} : { state: 'skipped', skipReason });
    }),
    newTask(THUMBNAILS_TASK, lane, now, {
      after: lowest === undefined || lane !== 'lambda' ? [] : [lowest.name],
    }),
  ];
}

/**
 * The tasks of a job's chunks, in the order of time; none in other lanes than `chunked`.
 * @param now Epoch milliseconds.
 */
export function planChunkTasks({ chunks }: Plan, now: number): Task[] {
  return chunks === null ? [] : chunkNames(chunks).map((name) => newTask(name, 'chunked', now));
}

function newTask(name: string, lane: Lane, now: number, fields: Partial<Task> = {}): Task {
  return {
    name,
    state: 'pending',
    lane,
    laneReason: null,
    attempt: 0,
    progress: 0,
    after: [],
    lease: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    skipReason: null,
    outputs: [],
    media: [],
    streams: [],
    upload: null,
    warnings: [],
    usage: NO_USAGE,
    updatedAt: new Date(now).toISOString(),
    revision: 1,
    ...fields,
  };
}
