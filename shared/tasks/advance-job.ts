import { jobEnd, readyTasks } from '../core/job-end.ts';
import type { TaskPublisher } from '../core/ports/messaging.ts';
import { type FinalizePorts, finalizeJob } from './finalize-job.ts';
import { publishTasks } from './publish-tasks.ts';

export interface AdvancePorts extends FinalizePorts {
  readonly tasks: TaskPublisher;
}

/**
 * What follows the end of a task: doorbells of the tasks that waited for it, or the end of the job. Called by
 * whoever ended it, and again by whoever finds it ended, because the one that ended it may have died right after.
 */
export async function advanceJob(ports: AdvancePorts, jobId: string, ended: string): Promise<void> {
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return;
  const waited = readyTasks(job).filter((task) => task.after.includes(ended));
  await publishTasks(ports, job, waited);
  if (jobEnd(job) !== null) await finalizeJob(ports, jobId);
}
