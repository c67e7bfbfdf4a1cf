import { type ChunkName, chunkName } from '../chunks/chunk-names.ts';
import type { Task } from '../job.ts';

/** The chunks of one kind that have succeeded, in the order of time, from the first on and without a gap. */
export interface CommittedRun {
  readonly kind: ChunkName['kind'];
  readonly chunks: readonly Task[];
}

/** What of a chunked job can be played. */
export interface CommittedRuns {
  readonly picture: CommittedRun;
  readonly audio: CommittedRun;
}

export const EMPTY_RUNS: CommittedRuns = {
  picture: { kind: 'picture', chunks: [] },
  audio: { kind: 'audio', chunks: [] },
};

/** The first chunk that a run lacks. */
export function nextOf({ kind, chunks }: CommittedRun): ChunkName {
  return { kind, index: chunks.length };
}

/** @param tasks Those that follow the run, in the order of time. */
export function extendRun(run: CommittedRun, tasks: readonly Task[]): CommittedRun {
  const { kind, chunks } = run;
  const gap = tasks.findIndex(
    ({ name, state }, place) =>
      state !== 'succeeded' || name !== chunkName({ kind, index: chunks.length + place }),
  );
  const added = gap < 0 ? tasks : tasks.slice(0, gap);
  return added.length === 0 ? run : { kind, chunks: [...chunks, ...added] };
}
