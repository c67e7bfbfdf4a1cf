import { canChunk } from '../chunks/can-chunk.ts';
import { type ChunkLengths, longestChunkFrames } from '../chunks/plan-chunks.ts';
import { MillraceError } from '../errors.ts';
import type { Lane } from '../job.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { toNumber } from '../rational.ts';
import { type OverLimit, overLimit } from './over-limit.ts';
import {
  type ContainerLimits,
  type FunctionLimits,
  predict,
  predictChunk,
  predictLadder,
} from './predict.ts';

/** How the lane of a job is chosen: from a prediction, or always the same. */
export type LaneSetting = 'auto' | 'lambda' | 'chunked' | 'batch';

export interface LaneLimits {
  readonly functions: FunctionLimits;
  /** What a chunk function has, and how jobs are cut for it. */
  readonly chunks: FunctionLimits & ChunkLengths;
  readonly container: ContainerLimits;
}

export interface LaneChoice {
  readonly lane: Lane;
  /** In words, for the status. */
  readonly laneReason: string;
  /** Scratch space that a container needs for the job; null in another lane, or when the source does not say. */
  readonly scratchMb: number | null;
}

/** A function is given what is predicted to need this part of its limits at most: predictions err by a third. */
export const FUNCTION_SHARE = 0.6;
/** Seconds of the longest task up to which a job is not cut: pieces and their join would hardly be done sooner. */
const SMALL_SECONDS = 90;

/**
 * Where the tasks of a job run, from what they are predicted to need. Unknown length counts as too long for functions.
 * @throws MillraceError `limit.*` when even a container is predicted to be stopped: better now than after hours of work
 */
export function chooseLane(
  probe: Probe,
  plan: Plan,
  limits: LaneLimits,
  setting: LaneSetting = 'auto',
): LaneChoice {
  switch (setting) {
    case 'lambda':
      return inFunctions('lambda', 'A setting of the service has every job start in functions.');
    case 'chunked':
      return cutWherePossible(probe, plan, limits);
    case 'batch': {
      const reason = 'A setting of the service has every job run in a container.';
      return inContainer(probe, plan, limits, reason);
    }
    case 'auto':
      return predicted(probe, plan, limits);
  }
}

function cutWherePossible(probe: Probe, plan: Plan, limits: LaneLimits): LaneChoice {
  const words = 'A setting of the service has every job cut into pieces';
  if (isCuttable(probe, plan)) return inFunctions('chunked', `${words} that functions make side by side.`);
  const why =
    plan.durationSeconds === null
      ? 'this file does not say how long it is'
      : 'this file cannot be read piece by piece';
  return inContainer(probe, plan, limits, `${words}, but ${why}, so the job runs in a container.`);
}

function predicted(probe: Probe, plan: Plan, limits: LaneLimits): LaneChoice {
  // The longest one says it best.
  const tasks = predict(plan, probe, limits.functions).toSorted(
    (a, b) => (b.seconds ?? 0) - (a.seconds ?? 0),
  );
  const seconds = tasks[0]?.seconds ?? null;
  if (seconds === null) {
    const reason = 'The file does not say how long it is, so the job runs in a container.';
    return inContainer(probe, plan, limits, reason);
  }
  let over: OverLimit | null = null;
  for (const task of tasks) {
    over ??= overLimit(task.task, task, 'a function', limits.functions, FUNCTION_SHARE);
  }
  const isSmall = over === null && seconds <= SMALL_SECONDS;
  // A picture can only be taken as it is in one piece.
  const isWhole = plan.renditions.some(({ passThrough }) => passThrough);
  if (!isSmall && !isWhole && isCuttable(probe, plan) && doChunksFit(probe, plan, limits)) {
    const why = over === null ? `One function would take about ${seconds} seconds` : counted(over);
    return inFunctions('chunked', `${why}, so the job is cut into pieces that functions make side by side.`);
  }
  if (over !== null) {
    return inContainer(probe, plan, limits, `${counted(over)}, so the job runs in a container.`);
  }
  return inFunctions(
    'lambda',
    `Every task is predicted to fit into a function: the longest takes about ${seconds} of ${limits.functions.timeoutSeconds} seconds.`,
  );
}

function counted({ detail }: OverLimit): string {
  return `${detail}, of which at most ${FUNCTION_SHARE * 100} % are counted on`;
}

function isCuttable(probe: Probe, plan: Plan): boolean {
  return plan.durationSeconds !== null && canChunk(probe, plan);
}

function doChunksFit(probe: Probe, plan: Plan, { chunks }: LaneLimits): boolean {
  const frameRate = plan.renditions[0]?.frameRate;
  if (frameRate === undefined) return false;
  const seconds = longestChunkFrames(probe, plan, chunks) / toNumber(frameRate);
  const prediction = predictChunk(plan, probe, chunks, seconds);
  return overLimit('A piece', prediction, 'a function', chunks, FUNCTION_SHARE) === null;
}

function inFunctions(lane: 'lambda' | 'chunked', laneReason: string): LaneChoice {
  return { lane, laneReason, scratchMb: null };
}

function inContainer(probe: Probe, plan: Plan, { container }: LaneLimits, laneReason: string): LaneChoice {
  const prediction = predictLadder(plan, probe, container);
  const over = overLimit('The whole job', prediction, 'a container', container, 1);
  if (over !== null) throw new MillraceError(over.code, `${over.detail}.`);
  return { lane: 'batch', laneReason, scratchMb: prediction.scratchMb };
}
