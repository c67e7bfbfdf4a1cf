import type { Job, Task } from '../core/job.ts';
import type { TaskPublisher } from '../core/ports/messaging.ts';

/** Rings the doorbells of tasks; they may be rung for any number of times. */
export async function publishTasks(
  ports: { readonly tasks: TaskPublisher },
  job: Job,
  tasks: readonly Task[],
): Promise<void> {
  await Promise.all(
    tasks.map((task) => ports.tasks.publish({ jobId: job.header.id, task: task.name, lane: task.lane })),
  );
}
