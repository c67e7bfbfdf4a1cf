import type { ChunkPlan } from '../chunks/chunk-plan.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { Calibration } from './calibration.ts';
import { CALIBRATION } from './calibration-table.ts';
import { decodeCost, encodeCost, soundCost } from './cpu-cost.ts';
import { type FunctionLimits, MB_PER_VCPU, START_SECONDS } from './predict.ts';

/** What a chunked job will need of its functions. */
export interface ChunkedPrediction {
  /** Of the picture and of the sound. */
  readonly pieces: number;
  /** Of function time, all of them together. */
  readonly pieceSeconds: number;
  /** Runs of the functions that put pieces together, and make thumbnails. */
  readonly joins: number;
  readonly joinSeconds: number;
}

/** Decoded before a chunk's first frame, of the source: keyframes are a few seconds apart. */
const USUAL_LEAD_SECONDS = 3;
/** Ended pieces after which joins are rung. */
const PIECES_PER_RING = 8;
/** Function time to copy one rendition of an hour; to look what has ended. */
const JOIN_SECONDS_PER_SECOND = 30 / 3600;
const LOOK_SECONDS = 0.3;

/** Predicts the billed time of a job that is cut so, at one vCPU a piece or what the memory gives. */
export function predictChunked(
  plan: Plan,
  probe: Probe,
  chunks: ChunkPlan,
  { memoryMb }: Pick<FunctionLimits, 'memoryMb'>,
  table: Calibration = CALIBRATION,
): ChunkedPrediction {
  const duration = plan.durationSeconds ?? 0;
  const pieces = chunks.chunks + (chunks.audio?.pieces ?? 0);
  const encoders = plan.renditions.reduce((sum, each) => sum + encodeCost(plan, probe, each, table), 0);
  const cpu =
    duration * (encoders + soundCost(plan, table)) +
    (duration + chunks.chunks * USUAL_LEAD_SECONDS) * decodeCost(plan, probe, table);
  const tasks = plan.renditions.length + 1;
  const joins = tasks * (1 + Math.ceil(pieces / PIECES_PER_RING));
  return {
    pieces,
    pieceSeconds: Math.ceil(pieces * START_SECONDS + cpu / Math.min(1, memoryMb / MB_PER_VCPU)),
    joins,
    joinSeconds: Math.ceil(
      joins * LOOK_SECONDS + tasks * (START_SECONDS + duration * JOIN_SECONDS_PER_SECOND),
    ),
  };
}
