import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { declaredFrames } from '../ranges/can-split.ts';
import { planAudioPieces } from './audio-pieces.ts';
import type { ChunkPlan } from './chunk-plan.ts';

/** How jobs are cut, whatever the source. */
export interface ChunkLengths {
  /** See `Profile`. */
  readonly gopsPerSegment: number;
  /** Of a chunk; null: as the source suggests. */
  readonly segmentsPerChunk: number | null;
}

export interface ChunkOptions extends ChunkLengths {
  /** Whether much must be decoded for nothing before most places of the source. */
  readonly isSparse: boolean;
}

/** 12 s where segments have 6: at 4 s chunks cost 4-9 % more processor time than one encode. */
const USUAL_SEGMENTS = 2;
/** 24 s, where up to 10 s are decoded before a chunk's first frame. */
const SPARSE_SEGMENTS = 4;
/** Chunks of a job: more take longer to record and to ring for than they save. */
const MAX_CHUNKS = 1500;

/**
 * Cuts the output timeline of a job. Lengths are declared and may be wrong a little, so the last chunk has at least half
 * of what the others have; of two alone it has a second or more.
 */
export function planChunks(probe: Probe, plan: Plan, options: ChunkOptions): ChunkPlan {
  const { frames, gopFrames, segmentFrames } = gridOf(probe, plan, options);
  const segmentsPerChunk = chunkSegments(frames, segmentFrames, options);
  // The first chunk is one segment.
  const rest = frames - segmentFrames;
  const isOne = rest < gopFrames / 2;
  return {
    segmentFrames,
    segmentsPerChunk,
    chunks: isOne ? 1 : 1 + Math.max(1, Math.round(rest / (segmentsPerChunk * segmentFrames))),
    declaredFrames: frames,
    audio: planAudioPieces(probe, plan, segmentFrames),
  };
}

/** Frames that the longest chunk of a job may have, for predictions: half as long again as most when it is the last one. */
export function longestChunkFrames(probe: Probe, plan: Plan, lengths: ChunkLengths): number {
  const { frames, segmentFrames } = gridOf(probe, plan, lengths);
  const segments = chunkSegments(frames, segmentFrames, { ...lengths, isSparse: true });
  return Math.min(frames, Math.ceil(1.5 * segments * segmentFrames));
}

function gridOf(probe: Probe, plan: Plan, { gopsPerSegment }: ChunkLengths) {
  const gopFrames = plan.renditions[0]?.gopFrames ?? 1;
  return { frames: declaredFrames(probe, plan), gopFrames, segmentFrames: gopFrames * gopsPerSegment };
}

function chunkSegments(frames: number, segmentFrames: number, options: ChunkOptions): number {
  const suggested = options.segmentsPerChunk ?? (options.isSparse ? SPARSE_SEGMENTS : USUAL_SEGMENTS);
  return Math.max(suggested, Math.ceil((frames / segmentFrames - 1) / (MAX_CHUNKS - 1)));
}
