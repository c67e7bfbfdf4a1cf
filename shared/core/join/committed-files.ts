import { chunkName } from '../chunks/chunk-names.ts';
import type { ChunkPlan } from '../chunks/chunk-plan.ts';
import type { MediaFile } from '../hls/media-file.ts';
import { AUDIO_TRACK } from '../hls/paths.ts';
import { isTerminalTask, type Task } from '../job.ts';

/** What the chunks of a job have committed of a track. */
export interface CommittedFiles {
  /** In the order of time, up to the first that is missing. */
  readonly files: readonly MediaFile[];
  /** Whether none is missing. */
  readonly ended: boolean;
}

/** @param track name of a rendition, or `audio` */
export function committedFiles(plan: ChunkPlan, chunks: readonly Task[], track: string): CommittedFiles {
  const kind = track === AUDIO_TRACK ? 'audio' : 'picture';
  const count = kind === 'audio' ? (plan.audio?.pieces ?? 0) : plan.chunks;
  const tasks = new Map(chunks.map((task) => [task.name, task]));
  const files: MediaFile[] = [];
  for (let index = 0; index < count; index += 1) {
    const task = tasks.get(chunkName({ kind, index }));
    if (task?.state !== 'succeeded') return { files, ended: false };
    files.push(...task.media.filter((file) => file.track === track));
  }
  return { files, ended: true };
}

/** Chunks that have ended, well or badly. */
export function endedChunks(chunks: readonly Task[]): number {
  return chunks.filter(({ state }) => isTerminalTask(state)).length;
}
