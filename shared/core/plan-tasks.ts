import { type Lane, NO_USAGE, type Task } from './job.ts';
import type { Rung } from './ladder.ts';
import type { Plan } from './plan.ts';

export const THUMBNAILS_TASK = 'thumbnails';

/**
 * The tasks of a plan: one for every rung of the ladder, made or skipped, then the thumbnails. In functions these wait
 * for the lowest rendition because they are cut from its keyframes; in a container one decode makes everything at once.
 * @param now Epoch milliseconds.
 */
export function planTasks(plan: Plan, rungs: readonly Rung[], lane: Lane, now: number): Task[] {
  const lowest = plan.renditions[0];
  const reasons = new Map(plan.skipped.map(({ name, reason }) => [name, reason]));
  const names = [...rungs].sort((a, b) => a.shortSide - b.shortSide).map((rung) => rung.name);
  const task = (name: string, fields: Partial<Task>): Task => ({
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
  });
  return [
    ...names.map((name) => {
      const skipReason = reasons.get(name);
      return task(name, skipReason === undefined ? {} : { state: 'skipped', skipReason });
    }),
    task(THUMBNAILS_TASK, { after: lowest === undefined || lane === 'batch' ? [] : [lowest.name] }),
  ];
}
