import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { AudioPiecesPlan } from './chunk-plan.ts';

/** Samples of one AAC packet. */
export const PACKET_SAMPLES = 1024;

/**
 * How the sound of a chunked job is cut; null: it has none.
 * @param segmentFrames frames of a segment, see `ChunkPlan`: pieces begin where segments do
 */
export function planAudioPieces(probe: Probe, plan: Plan, segmentFrames: number): AudioPiecesPlan | null {
  if (!plan.audio || !probe.audio) return null;
  if (segmentFrames < 1) throw new RangeError(`segments of ${segmentFrames} frames`);
  return { copy: false, packetsPerPiece: Number.MAX_SAFE_INTEGER, pieces: 1 };
}
