import type { Job } from '../job.ts';
import { readyTasks } from '../job-end.ts';
import type { TaskMessage } from '../messages.ts';
import { THUMBNAILS_TASK } from '../plan-tasks.ts';
import { chunkOrder } from './chunk-order.ts';

/**
 * What is rung for when a job has been planned: tasks that wait for no other one. Of a job of chunks, the first of
 * those, and the thumbnails, whose poster needs none; the joins have nothing to put together yet.
 * @param window Chunks that are rung for at a time.
 */
export function firstDoorbells(job: Job, window: number): TaskMessage[] {
  const { id: jobId, plan, lane } = job.header;
  const ready = readyTasks(job);
  const message = (task: string, where: TaskMessage['lane']) => ({ jobId, task, lane: where });
  if (lane !== 'chunked' || plan === null || plan.chunks === null) {
    return ready.map((task) => message(task.name, task.lane));
  }
  return [
    ...chunkOrder(plan.chunks).slice(0, window),
    ...ready.map(({ name }) => name).filter((name) => name === THUMBNAILS_TASK),
  ].map((name) => message(name, 'chunked'));
}
