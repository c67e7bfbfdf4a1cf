import type { ChunkPlan } from './chunk-plan.ts';

/** The frames of a chunk on the job's grid. */
export interface ChunkRange {
  /** Position of its first frame, from 0. */
  readonly first: number;
  /** Null: the last chunk, which takes what there really is. */
  readonly frames: number | null;
}

/** Frames of chunk `index`: the first has one segment, so that playback can begin early. */
export function chunkRange(plan: ChunkPlan, index: number): ChunkRange {
  if (!Number.isInteger(index) || index < 0 || index >= plan.chunks) {
    throw new RangeError(`chunk ${index} of ${plan.chunks}`);
  }
  const segments = index === 0 ? 0 : 1 + (index - 1) * plan.segmentsPerChunk;
  const length = index === 0 ? 1 : plan.segmentsPerChunk;
  return {
    first: segments * plan.segmentFrames,
    frames: index === plan.chunks - 1 ? null : length * plan.segmentFrames,
  };
}
