import { parseChunkName } from '../../../shared/core/chunks/chunk-names.ts';
import { chunkOrder, plannedFrames } from '../../../shared/core/chunks/chunk-order.ts';
import { planChunks } from '../../../shared/core/chunks/plan-chunks.ts';
import { DEFAULT_PROFILE } from '../../../shared/core/ladder.ts';
import { toNumber } from '../../../shared/core/rational.ts';
import type { Workload } from './workload.ts';

/** What one chunk function makes. */
export interface Piece {
  readonly kind: 'picture' | 'audio';
  readonly index: number;
  readonly seconds: number;
}

export interface PieceLengths {
  /** Null: as the service would. */
  readonly segmentsPerChunk: number | null;
}

/** The pieces that dispatch cuts a source into, in the order in which they are rung for. */
export function piecesOf(
  { plan, probe, seconds }: Workload,
  { segmentsPerChunk }: PieceLengths,
): readonly Piece[] {
  const { gopsPerSegment } = DEFAULT_PROFILE;
  const chunks = planChunks(probe, plan, { gopsPerSegment, segmentsPerChunk, isSparse: false });
  const soundPieces = chunks.audio?.pieces ?? 0;
  const rate = toNumber(plan.renditions[0]?.frameRate ?? { num: 1, den: 1 });
  return chunkOrder(chunks).flatMap((name) => {
    const parsed = parseChunkName(name);
    if (parsed === null) return [];
    const { kind, index } = parsed;
    const length = kind === 'picture' ? plannedFrames(chunks, index) / rate : seconds / soundPieces;
    return [{ kind, index, seconds: length }];
  });
}
