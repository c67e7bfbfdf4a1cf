import { abandonWords } from '../../core/chunks/abandon-words.ts';
import { isTerminalJob, isTerminalTask, type Job, type JobHeader, type Task } from '../../core/job.ts';
import type { ChunkedJobs } from '../../core/ports/chunks.ts';
import type { Clock, Log } from '../../core/ports/host.ts';
import type { JobPartReader } from '../../core/ports/job-store.ts';
import type { TaskPublisher } from '../../core/ports/messaging.ts';
import { ringContainer } from '../hand-over.ts';

export interface AbandonPorts {
  readonly jobs: ChunkedJobs & Pick<JobPartReader, 'readTasks'>;
  readonly tasks: TaskPublisher;
  readonly clock: Clock;
  readonly log: Log;
}

/** A task that keeps its job from being made of chunks. */
export interface Obstacle {
  readonly task: string;
  /** In words, for the status. */
  readonly detail: string;
}

/** Of a chunk that has failed. */
export function obstacleOf({ name, error }: Task): Obstacle {
  return { task: name, detail: error?.detail ?? 'A part of the video could not be made.' };
}

/**
 * Has a container make in one piece what cannot be made of chunks: the job changes its lane, then every task of its
 * document that has not ended does, and the container is rung for. Chunks under way may end; nobody begins another one.
 * Safe to repeat and to race; whoever finds it half done does the rest with {@link finishAbandoned}.
 */
export async function abandonChunks(
  ports: AbandonPorts,
  header: JobHeader,
  { task, detail }: Obstacle,
): Promise<void> {
  const reason = abandonWords(task, detail);
  const left = await ports.jobs.leaveChunkedLane(
    header.id,
    `${header.laneReason} ${reason}`.trim(),
    ports.clock(),
  );
  if (left) ports.log.warn({ jobId: header.id, task, reason }, 'chunks abandoned');
  await finishAbandoned(ports, header.id);
}

/** Does the rest for a job that has left the lane `chunked`; whether there was something to ring for. */
export async function finishAbandoned({ jobs, tasks, clock }: AbandonPorts, jobId: string): Promise<boolean> {
  const job = await jobs.readTasks(jobId);
  if (job === undefined || !isAbandoned(job)) return false;
  const open = job.tasks.filter((task) => !isTerminalTask(task.state));
  for (const task of open) {
    if (task.lane === 'chunked') await jobs.takeToContainer(jobId, task.name, clock());
  }
  // One doorbell is enough: a container makes all that is open.
  const [first] = open;
  if (first !== undefined) await ringContainer({ tasks }, jobId, first.name);
  return first !== undefined;
}

/** Whether a job of chunks has been given to a container as a whole. */
export function isAbandoned({ header }: Job): boolean {
  return (
    header.lane !== 'chunked' &&
    header.plan !== null &&
    header.plan.chunks !== null &&
    !isTerminalJob(header.state)
  );
}
