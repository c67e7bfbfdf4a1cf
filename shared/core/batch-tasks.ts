import { isTerminalTask, type Job, MAX_ATTEMPTS, type Task } from './job.ts';
import { isWaiting } from './job-end.ts';

/** Tasks that a container has to make and has not, in hand or not. */
export function openBatchTasks(job: Job): readonly Task[] {
  return job.tasks.filter(
    (task) => task.lane === 'batch' && !isTerminalTask(task.state) && !isWaiting(job, task),
  );
}

/** Whether a further container could get a task done. */
export function hasAttemptsLeft(task: Task): boolean {
  return task.attempt < MAX_ATTEMPTS;
}

/** Epoch milliseconds from which nobody has held a task; in the future while somebody does. */
export function unheldSince(task: Task): number {
  return task.lease?.expiresAt ?? Date.parse(task.updatedAt);
}
