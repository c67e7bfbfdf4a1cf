import { openBatchTasks } from '../../core/batch-tasks.ts';
import type { MillraceError } from '../../core/errors.ts';
import type { Task } from '../../core/job.ts';
import { type FailTaskPorts, failTask } from '../fail-task.ts';

/**
 * Fails what a job's containers have not made, each task for its own reason.
 * @returns Epoch milliseconds from which those can be failed that are held by the lease of a container, which may be
 * dead; null when nothing is left open
 */
export async function failOpenTasks(
  ports: FailTaskPorts,
  jobId: string,
  leaseMs: number,
  reasonOf: (task: Task) => MillraceError,
): Promise<number | null> {
  const job = await ports.jobs.read(jobId);
  let heldUntil: number | null = null;
  for (const task of job === undefined ? [] : openBatchTasks(job)) {
    if (await failTask(ports, jobId, task.name, reasonOf(task))) continue;
    heldUntil = Math.max(heldUntil ?? 0, task.lease?.expiresAt ?? ports.clock() + leaseMs);
  }
  return heldUntil;
}
