import type { Plan } from '../plan.ts';
import { THUMBNAILS_TASK } from '../plan-tasks.ts';
import type { Probe } from '../probe.ts';
import type { Calibration } from './calibration.ts';
import { CALIBRATION } from './calibration-table.ts';
import { containerScratchMb, renditionScratchMb } from './container-scratch.ts';
import { decodeCost, encodeCost, soundCost } from './cpu-cost.ts';
import { containerMemoryMb, encodeMemoryMb, thumbnailsMemoryMb } from './memory.ts';

/** What a function has; a vCPU comes with every 1,769 MB. */
export interface FunctionLimits {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly scratchMb: number;
}

/** What a container has. */
export interface ContainerLimits extends FunctionLimits {
  readonly vcpus: number;
}

/** What work will need where it runs. Whole seconds and megabytes. */
export interface Prediction {
  /** Null when the source does not say how long it is. */
  readonly seconds: number | null;
  readonly memoryMb: number;
  /** Null when the source does not say how long it is. */
  readonly scratchMb: number | null;
}

/** What one task will need in a function. */
export interface TaskPrediction extends Prediction {
  readonly task: string;
}

/** MB of a function that come with one vCPU. */
export const MB_PER_VCPU = 1769;
/** More than this ffmpeg does not use for one rendition. */
const MAX_USEFUL_VCPUS = 6;
/** Frame threads cost processor time. */
const THREAD_EFFICIENCY = 0.85;
/** To wake up, look at the job and open the source; then to verify and to put away. */
export const START_SECONDS = 2;
const CONTAINER_START_SECONDS = 10;
/** Of the source, decoded before a chunk's first frame: as far apart as encoders usually place keyframes. */
const LEAD_SECONDS = 10;
/** CPU seconds: the keyframes of a finished rendition, frames for the poster, images. */
const THUMBNAILS = { start: 2, perSourceSecond: 0.02 } as const;
/** Tiles, candidates and images of an ordinary film. */
const THUMBNAILS_SCRATCH_MB = 64;

/** Predicts every task of a plan on one kind of function. */
export function predict(
  plan: Plan,
  probe: Probe,
  limits: FunctionLimits,
  table: Calibration = CALIBRATION,
): TaskPrediction[] {
  const vcpus = Math.min(MAX_USEFUL_VCPUS, limits.memoryMb / MB_PER_VCPU);
  const seconds = (cpu: number | null): number | null =>
    cpu === null ? null : Math.ceil(START_SECONDS + cpu / speedOf(vcpus));
  return [
    ...plan.renditions.map((rendition) => ({
      task: rendition.name,
      seconds: seconds(renditionCpuSeconds(plan, probe, table).get(rendition.name) ?? null),
      memoryMb: encodeMemoryMb(plan, probe, [rendition], table),
      scratchMb: renditionScratchMb(plan, rendition),
    })),
    {
      task: THUMBNAILS_TASK,
      seconds: seconds(thumbnailsCpuSeconds(plan)),
      memoryMb: thumbnailsMemoryMb(probe),
      scratchMb: THUMBNAILS_SCRATCH_MB,
    },
  ];
}

/** Predicts a whole job in one container, where one decode makes everything. */
export function predictLadder(
  plan: Plan,
  probe: Probe,
  { vcpus }: Pick<ContainerLimits, 'vcpus'>,
  table: Calibration = CALIBRATION,
): Prediction {
  // One a processor, each with a part of the source's time.
  const processes = Math.max(1, Math.floor(vcpus));
  const cpu = ladderCpuSeconds(plan, probe, table);
  return {
    seconds: cpu === null ? null : Math.ceil(CONTAINER_START_SECONDS + cpu / speedOf(vcpus)),
    memoryMb: containerMemoryMb(plan, probe, processes, table),
    scratchMb: containerScratchMb(plan),
  };
}

/**
 * Predicts a chunk of so many seconds, of which one decode makes all renditions, one thread each.
 * @param seconds Of output.
 */
export function predictChunk(
  plan: Plan,
  probe: Probe,
  limits: FunctionLimits,
  seconds: number,
  table: Calibration = CALIBRATION,
): Prediction {
  const encoders = plan.renditions.reduce((sum, each) => sum + encodeCost(plan, probe, each, table), 0);
  const cpu = (seconds + LEAD_SECONDS) * decodeCost(plan, probe, table) + seconds * encoders;
  const piece = { ...plan, durationSeconds: seconds };
  const sizes = plan.renditions.map((rendition) => renditionScratchMb(piece, rendition) ?? 0);
  return {
    seconds: Math.ceil(START_SECONDS + table.startSeconds + cpu / Math.min(1, limits.memoryMb / MB_PER_VCPU)),
    memoryMb: encodeMemoryMb(plan, probe, plan.renditions, table),
    // What ffmpeg writes, and what is packaged of it.
    scratchMb: 2 * sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** CPU seconds of each rendition's own ffmpeg, by name; null when the source does not say how long it is. */
export function renditionCpuSeconds(
  plan: Plan,
  probe: Probe,
  table: Calibration = CALIBRATION,
): ReadonlyMap<string, number | null> {
  const { durationSeconds } = plan;
  const shared = decodeCost(plan, probe, table) + soundCost(plan, table);
  return new Map(
    plan.renditions.map((rendition) => [
      rendition.name,
      durationSeconds === null
        ? null
        : table.startSeconds + durationSeconds * (shared + encodeCost(plan, probe, rendition, table)),
    ]),
  );
}

/** CPU seconds of all renditions and the stills from one decode; null when the source does not say how long it is. */
export function ladderCpuSeconds(plan: Plan, probe: Probe, table: Calibration = CALIBRATION): number | null {
  const { durationSeconds, renditions } = plan;
  if (durationSeconds === null) return null;
  const shared = decodeCost(plan, probe, table) + soundCost(plan, table);
  const encoders = renditions.reduce((sum, each) => sum + encodeCost(plan, probe, each, table), 0);
  return table.startSeconds + THUMBNAILS.start + durationSeconds * (shared + encoders);
}

function thumbnailsCpuSeconds({ durationSeconds }: Plan): number | null {
  return durationSeconds === null ? null : durationSeconds * THUMBNAILS.perSourceSecond;
}

/** CPU seconds in a second. */
function speedOf(vcpus: number): number {
  return vcpus > 1 ? vcpus * THREAD_EFFICIENCY : vcpus;
}
