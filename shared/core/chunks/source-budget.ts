import type { Plan } from '../plan.ts';
import { type ChunkName, parseChunkName } from './chunk-names.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { chunkRange } from './chunk-range.ts';

/** Times its share of the file that a chunk may read: bits are spread unevenly, and places are searched for. */
const GENEROSITY = 4;
/** Indexes are read by every process, and those of hours have megabytes. */
const FLOOR_BYTES = 64 * 1024 * 1024;

/**
 * Bytes of a source that a chunk may read before it counts as one that cannot be read in parts; undefined: the task is
 * no chunk, and may read all.
 * @param size bytes of the source
 */
export function sourceBudget({ chunks }: Plan, task: string, size: number): number | undefined {
  const chunk = parseChunkName(task);
  if (chunks === null || chunk === null) return undefined;
  return FLOOR_BYTES + Math.ceil(size * Math.min(1, shareOf(chunks, chunk)) * GENEROSITY);
}

function shareOf(plan: ChunkPlan, { kind, index }: ChunkName): number {
  if (kind === 'audio') return 1 / Math.max(1, plan.audio?.pieces ?? 1);
  const { first, frames } = chunkRange(plan, index);
  const length = frames ?? Math.max(plan.segmentFrames, plan.declaredFrames - first);
  // The first has one segment, yet reads as much ahead as the others.
  return Math.max(length, plan.segmentFrames * plan.segmentsPerChunk) / Math.max(1, plan.declaredFrames);
}
