import { isTerminalTask, type Job, type Task } from '../job.ts';
import { parseChunkName } from './chunk-names.ts';
import { plannedFrames } from './chunk-order.ts';
import type { ChunkPlan } from './chunk-plan.ts';

/**
 * Part of the work that the chunks are; the rest is putting them together, which copies what an encoder made and takes
 * about half a minute for an hour of video.
 */
const CHUNKS_SHARE = 0.97;

/**
 * The tasks of a job's document as they are to be shown: what is put together from chunks runs from the first chunk's
 * start on and gets on with them. Its progress never falls: that of a chunk does not, and when a container takes over,
 * what the chunks had reached stays until the container has come further.
 */
export function shownTasks({ header, tasks, chunks }: Job): readonly Task[] {
  const plan = header.plan?.chunks ?? null;
  const startedAt = earliest(chunks.map((chunk) => chunk.startedAt));
  if (plan === null || startedAt === null) return tasks;
  const reached = CHUNKS_SHARE * chunkProgress(plan, chunks);
  const updatedAt = latest(chunks.map((chunk) => chunk.updatedAt));
  return tasks.map((task) => {
    if (task.state === 'skipped' || task.state === 'succeeded') return withStart(task, startedAt);
    const joined = reached + (1 - CHUNKS_SHARE) * task.progress;
    const progress = task.lane === 'chunked' ? joined : Math.max(joined, task.progress);
    const shown = { ...withStart(task, startedAt), progress: Math.min(1, progress) };
    if (isTerminalTask(task.state) || task.lane !== 'chunked') return shown;
    return {
      ...shown,
      state: 'running',
      attempt: Math.max(1, task.attempt),
      updatedAt: task.updatedAt > updatedAt ? task.updatedAt : updatedAt,
    };
  });
}

/** 0 to 1, of the picture: the sound takes little of the work. */
function chunkProgress(plan: ChunkPlan, chunks: readonly Task[]): number {
  let all = 0;
  let done = 0;
  for (const { name, progress } of chunks) {
    const parsed = parseChunkName(name);
    if (parsed?.kind !== 'picture') continue;
    const frames = plannedFrames(plan, parsed.index);
    all += frames;
    done += frames * progress;
  }
  return all === 0 ? 0 : done / all;
}

function withStart(task: Task, startedAt: string): Task {
  if (task.state === 'skipped') return task;
  return { ...task, startedAt: earliest([task.startedAt, startedAt]) };
}

/** Of ISO 8601 times in UTC. */
function earliest(times: readonly (string | null)[]): string | null {
  return times.reduce(
    (first, time) => (first === null || (time !== null && time < first) ? time : first),
    null,
  );
}

function latest(times: readonly string[]): string {
  return times.reduce((last, time) => (time > last ? time : last), '');
}
