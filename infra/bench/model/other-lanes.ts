import { containerUsd, type PriceTable, US_EAST_1 } from '../../../shared/core/prices.ts';
import { FUNCTION_SHARE } from '../../../shared/core/route/choose-lane.ts';
import { overLimit } from '../../../shared/core/route/over-limit.ts';
import { type FunctionLimits, predict } from '../../../shared/core/route/predict.ts';
import type { Numbers } from './numbers.ts';
import { slowdown } from './random.ts';
import type { Workload } from './workload.ts';
import { createWorld, fleetUsd, putSeconds, requestsUsd, speedOf } from './world.ts';

export interface LaneOutcome {
  /** Seconds from the upload's end until the lowest rendition can be played. */
  readonly firstPlayable: number;
  /** Until the manifest is there. */
  readonly done: number;
  readonly usd: number;
}

/** What a rendition function has when deployed as declared. */
const FUNCTION: FunctionLimits = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };
const THUMBNAILS_MEMORY_MB = 1769;
/** CPU seconds of poster and storyboard from the keyframes of a finished rendition, for a second of it: 0.34 for a minute. */
const THUMBNAILS_CPU = 0.34 / 60;
const THUMBNAILS_START_CPU = 1;
/** Parts of a function's work beside the encode, as predictions have it. */
const VERIFY_SECONDS = 2;
/** Objects of the poster and the storyboard. */
const STILLS = 5;
const BATCH_VCPUS = 4;
const BATCH_START_CPU_SECONDS = 10;

/** One function a rendition, then the thumbnails; null when it does not fit into the functions' limits. */
export function simulateFunctions(
  workload: Workload,
  numbers: Numbers,
  seed: number,
  prices: PriceTable = US_EAST_1,
): LaneOutcome | null {
  const isOver = predict(workload.plan, workload.probe, FUNCTION).some(
    (prediction) => overLimit(prediction.task, prediction, 'a function', FUNCTION, FUNCTION_SHARE) !== null,
  );
  if (isOver) return null;
  const world = createWorld(numbers, seed);
  const begin = dispatchSeconds(numbers) + numbers.messageSeconds + numbers.coldStartSeconds;
  const speed = speedOf(FUNCTION.memoryMb, numbers);
  const runs = workload.renditions.map(({ cpu, bytes }) => {
    const encode = ((workload.seconds * cpu) / speed) * slowdown(world.random, numbers);
    world.writes.take(Math.floor(encode) + 4);
    // The file and the one that is packaged of it.
    return VERIFY_SECONDS + encode + putSeconds(world, 4, 2 * bytes * workload.seconds);
  });
  const [lowest = 0] = runs;
  const stills =
    numbers.messageSeconds +
    numbers.coldStartSeconds +
    (THUMBNAILS_START_CPU + workload.seconds * THUMBNAILS_CPU) / speedOf(THUMBNAILS_MEMORY_MB, numbers) +
    putSeconds(world, STILLS, 0);
  const done = begin + Math.max(lowest + stills, ...runs) + putSeconds(world, 2, 0);
  const billed = runs.reduce((sum, seconds) => sum + seconds + numbers.coldStartSeconds, 0);
  const usd =
    fleetUsd({ invocations: runs.length, seconds: billed }, FUNCTION.memoryMb, 'queue', prices) +
    fleetUsd({ invocations: 1, seconds: stills }, THUMBNAILS_MEMORY_MB, 'queue', prices) +
    requestsUsd(world, prices);
  return { firstPlayable: begin + lowest, done, usd };
}

/** One container that makes it all from one decode. */
export function simulateContainer(
  workload: Workload,
  numbers: Numbers,
  seed: number,
  prices: PriceTable = US_EAST_1,
): LaneOutcome {
  const world = createWorld(numbers, seed);
  const begin = dispatchSeconds(numbers) + numbers.messageSeconds + numbers.containerStartSeconds;
  const cpu = BATCH_START_CPU_SECONDS + workload.seconds * (workload.ladderCpu + workload.soundCpu);
  const encode = (cpu / (BATCH_VCPUS * numbers.threadEfficiency)) * slowdown(world.random, numbers);
  world.writes.take(Math.floor(encode / numbers.heartbeatSeconds) * (workload.renditions.length + 1));
  const puts = workload.renditions.map(({ bytes }) => putSeconds(world, 4, 2 * bytes * workload.seconds));
  const [lowest = 0] = puts;
  const all = puts.reduce((sum, seconds) => sum + seconds, putSeconds(world, STILLS + 2, 0));
  const seconds = Math.max(60, numbers.containerBilledStartSeconds + encode + all);
  return {
    firstPlayable: begin + encode + lowest,
    done: begin + encode + all,
    usd: containerUsd(seconds * BATCH_VCPUS, prices) + requestsUsd(world, prices),
  };
}

/** From the upload's end to the first message. */
function dispatchSeconds({ uploadEventSeconds, coldStartSeconds, objectSeconds }: Numbers): number {
  return uploadEventSeconds + coldStartSeconds + 4 * objectSeconds;
}
