import type { JobError } from './errors.ts';
import { isTerminalJob, isTerminalTask, type Job, type Task } from './job.ts';
import { outputKey } from './keys.ts';
import { type JobEndedEvent, JobEndedEvent as JobEndedEventSchema } from './messages.ts';

export interface JobEnd {
  readonly state: 'completed' | 'failed' | 'canceled';
  readonly error: JobError | null;
}

/** How a job ends whose tasks have all ended; null while one has not, or while tasks are still being recorded. */
export function jobEnd({ header, tasks }: Job): JobEnd | null {
  if (header.step === 'recorded' || !tasks.every((task) => isTerminalTask(task.state))) return null;
  const failed = tasks.find((task) => task.state === 'failed');
  if (failed !== undefined) return { state: 'failed', error: failed.error };
  const canceled = tasks.some((task) => task.state === 'canceled');
  return { state: canceled ? 'canceled' : 'completed', error: null };
}

/** Whether one of the tasks that must end before it has not. */
export function isWaiting(job: Job, task: Task): boolean {
  return job.tasks.some((other) => task.after.includes(other.name) && !isTerminalTask(other.state));
}

/** Pending tasks that wait for no other one: their doorbells may be rung. */
export function readyTasks(job: Job): readonly Task[] {
  if (isTerminalJob(job.header.state)) return [];
  return job.tasks.filter((task) => task.state === 'pending' && !isWaiting(job, task));
}

/** The event of an ended job: the same for every sender and every delivery. Null while it has not ended. */
export function jobEndedEvent({ header }: Job): JobEndedEvent | null {
  if (!isTerminalJob(header.state)) return null;
  const { id, state, source, manifest, error } = header;
  return JobEndedEventSchema.parse({
    id: `${id}:${state}`,
    type: `job.${state}`,
    time: header.updatedAt,
    jobId: id,
    source: { bucket: source.bucket, key: source.key },
    manifest: manifest && outputKey(id, manifest.path),
    error: error && { code: error.code, detail: error.detail },
  });
}
