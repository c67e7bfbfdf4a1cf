import { chunkOrder, predecessor } from './chunks/chunk-order.ts';
import { isTerminalTask, type Job, type Task } from './job.ts';
import { isWaiting } from './job-end.ts';
import { THUMBNAILS_TASK } from './plan-tasks.ts';

/** Epoch milliseconds from which a worker could have held a task and none has; null while none could. */
export function taskUnheldSince(job: Job, task: Task): number | null {
  if (isTerminalTask(task.state) || isWaiting(job, task)) return null;
  if (task.lease !== null) return task.lease.expiresAt;
  const awaited = job.tasks.filter((other) => task.after.includes(other.name));
  if (task.lane !== 'chunked') return latestOf([task, ...awaited]);
  // The poster needs no chunk; all else is put together from them.
  if (task.name === THUMBNAILS_TASK && task.startedAt === null) return latestOf([task]);
  return job.chunks.every((chunk) => chunk.state === 'succeeded') ? latestOf([task, ...job.chunks]) : null;
}

/**
 * The same of the chunks of a job, in the order in which they are rung for, without those that none could have held.
 * @param window Chunks that are rung for at a time.
 */
export function chunksUnheldSince(
  job: Job,
  window: number,
): { readonly chunk: Task; readonly since: number }[] {
  const plan = job.header.plan?.chunks ?? null;
  if (plan === null) return [];
  const order = chunkOrder(plan);
  const byName = new Map(job.chunks.map((chunk) => [chunk.name, chunk]));
  return order.flatMap((name, place) => {
    const chunk = byName.get(name);
    if (chunk === undefined || isTerminalTask(chunk.state)) return [];
    if (chunk.lease !== null) return [{ chunk, since: chunk.lease.expiresAt }];
    const before = predecessor(order, place, window);
    if (before === null) return [{ chunk, since: latestOf([chunk]) }];
    const made = byName.get(before);
    return made?.state === 'succeeded' ? [{ chunk, since: latestOf([chunk, made]) }] : [];
  });
}

function latestOf(tasks: readonly Task[]): number {
  return tasks.reduce((latest, { updatedAt }) => Math.max(latest, Date.parse(updatedAt)), 0);
}
