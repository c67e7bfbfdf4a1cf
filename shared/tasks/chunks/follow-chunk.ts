import { chunkNames, chunkPlace, joinStep, successors } from '../../core/chunks/chunk-order.ts';
import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import type { JobHeader } from '../../core/job.ts';
import type { Plan } from '../../core/plan.ts';
import { THUMBNAILS_TASK } from '../../core/plan-tasks.ts';
import type { ChunkCounter } from '../../core/ports/chunks.ts';
import type { Clock } from '../../core/ports/host.ts';
import type { JobPartReader } from '../../core/ports/job-store.ts';
import type { TaskPublisher } from '../../core/ports/messaging.ts';

export interface FollowPorts {
  readonly jobs: ChunkCounter & Pick<JobPartReader, 'readPart'>;
  readonly tasks: TaskPublisher;
  readonly clock: Clock;
}

/**
 * What follows the success of a chunk: a doorbell for the one that it makes room for, its count, and now and then
 * doorbells for the joins. Called by whoever made the chunk, and again by whoever finds it made, because the one that
 * made it may have died right after; so each step is safe to repeat.
 * @param window Chunks of the job that are rung for at a time.
 */
export async function followChunk(
  ports: FollowPorts,
  { id, plan }: JobHeader,
  name: string,
  window: number,
): Promise<void> {
  const chunks = chunkPlanOf(plan);
  await ringNext(ports, id, successors(chunks, name, window));
  const counted = await ports.jobs.countChunk(id, chunkPlace(chunks, name), ports.clock());
  const total = chunkNames(chunks).length;
  if (counted >= total || counted % joinStep(total) === 0) await ringJoins(ports, id, plan);
}

export function chunkPlanOf(plan: Plan | null): ChunkPlan {
  if (plan === null || plan.chunks === null) throw new Error('A chunk of a job that is not cut into chunks.');
  return plan.chunks;
}

/** The nearest that has not ended; one that is in hand rings on by itself. */
async function ringNext(
  { jobs, tasks }: FollowPorts,
  jobId: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const state = (await jobs.readPart(jobId, name))?.chunks[0]?.state;
    if (state === 'pending') await tasks.publish({ jobId, task: name, lane: 'chunked' });
    if (state !== 'succeeded') return;
  }
}

/** Rings for all that is put together from chunks; one that is in hand looks again before it lets go. */
async function ringJoins({ tasks }: FollowPorts, jobId: string, plan: Plan | null): Promise<void> {
  const names = [...(plan?.renditions ?? []).map((rendition) => rendition.name), THUMBNAILS_TASK];
  await Promise.all(names.map((task) => tasks.publish({ jobId, task, lane: 'chunked' })));
}
