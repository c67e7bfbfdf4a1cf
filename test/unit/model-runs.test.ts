import { describe, expect, it } from 'vitest';
import { type ChunkedSetup, simulateChunked } from '../../infra/bench/model/chunked-run.ts';
import { createEventClock } from '../../infra/bench/model/event-clock.ts';
import { createFleet, invokesAt } from '../../infra/bench/model/fleet.ts';
import { mediaConvertUsd } from '../../infra/bench/model/media-convert.ts';
import { NUMBERS, type Numbers } from '../../infra/bench/model/numbers.ts';
import { simulateContainer, simulateFunctions } from '../../infra/bench/model/other-lanes.ts';
import { piecesOf } from '../../infra/bench/model/pieces.ts';
import { FULL_HD, type Workload, workload } from '../../infra/bench/model/workload.ts';
import type { PriceTable } from '../../shared/core/prices.ts';

/** Nothing takes time but the encode, whose pace never changes. */
const IDEAL: Numbers = {
  ...NUMBERS,
  uploadEventSeconds: 0,
  coldStartSeconds: 0,
  messageSeconds: 0,
  asyncSeconds: 0,
  publishBatchSeconds: 0,
  objectSeconds: 0,
  networkBytesPerSecond: Number.POSITIVE_INFINITY,
  tableSeconds: 0,
  tableWritesPerSecond: Number.POSITIVE_INFINITY,
  tableReadsPerSecond: Number.POSITIVE_INFINITY,
  chunkOverhead: 1,
  slowdownSigma: 0,
  stragglerShare: 0,
  tileSeconds: 0,
};
/** Function time alone costs, a dollar for a GB and a second. */
const FUNCTION_TIME: PriceTable = {
  lambdaGbSecond: 1,
  lambdaRequest: 0,
  s3Put: 0,
  s3Get: 0,
  snsPublish: 0,
  sqsRequest: 0,
  dynamoWrite: 0,
  dynamoRead: 0,
  fargateVcpuHour: 0,
  fargateGbHour: 0,
  fargateGbPerVcpu: 0,
};

/** 24 s, so chunks of 6, 12 and 6 s, each second of which takes two of a vCPU. */
function source(seconds = 24): Workload {
  return { ...workload(FULL_HD, seconds), ladderCpu: 2, soundCpu: 0, chunkSoundCpu: 0 };
}

function setup(fields: Partial<ChunkedSetup>): ChunkedSetup {
  return {
    workload: source(),
    numbers: IDEAL,
    invocation: 'async',
    window: 1,
    memoryMb: 1769,
    segmentsPerChunk: null,
    readsAll: true,
    hedgeAfter: null,
    seed: 1,
    ...fields,
  };
}

describe('piecesOf', () => {
  it('has the chunks that the service would make, in its order', () => {
    expect(piecesOf(source(), { segmentsPerChunk: null })).toEqual([
      { kind: 'picture', index: 0, seconds: 6 },
      { kind: 'audio', index: 0, seconds: 24 },
      { kind: 'picture', index: 1, seconds: 12 },
      { kind: 'picture', index: 2, seconds: 6 },
    ]);
  });
});

describe('simulateChunked', () => {
  it('makes three chunks one after another with one function', () => {
    // The poster takes a second of a vCPU, at 12 s; and once more a second of the join's function is paid for it.
    const outcome = simulateChunked(setup({}), FUNCTION_TIME);
    expect(outcome).toEqual({ firstPlayable: 12, chunksDone: 48, done: 48, usd: (49 * 1769) / 1024 });
  });

  it('makes them side by side with as many', () => {
    const outcome = simulateChunked(setup({ window: 4 }), FUNCTION_TIME);
    expect(outcome).toEqual({ firstPlayable: 12, chunksDone: 24, done: 24, usd: (49 * 1769) / 1024 });
  });

  it('counts cold starts once for each environment', () => {
    const numbers = { ...IDEAL, coldStartSeconds: 1, uploadEventSeconds: 3 };
    // 3 s event, 1 s dispatch, 1 s chunk function; its environment is warm afterwards.
    expect(simulateChunked(setup({ numbers }), FUNCTION_TIME)).toMatchObject({
      firstPlayable: 17,
      chunksDone: 53,
    });
  });

  it('puts together what is there while chunks go on, and reads all for its checksum after the last', () => {
    const heavy = source().renditions.map((rendition) => ({ ...rendition, bytes: 5 * 1024 * 1024 }));
    const long = { ...source(126), sourceBytes: 0, renditions: heavy };
    const numbers = { ...IDEAL, networkBytesPerSecond: 5 * 1024 * 1024 };
    // Eleven chunks, which put three renditions each; with the sound, 66 s are there when eight have ended.
    const tail = (readsAll: boolean) => {
      const { chunksDone, done } = simulateChunked(setup({ workload: long, numbers, readsAll }));
      return { chunksDone, tail: done - chunksDone };
    };
    expect([tail(true), tail(false)]).toEqual([
      { chunksDone: 630, tail: 126 },
      { chunksDone: 630, tail: 60 },
    ]);
  });

  it('takes the first of two runs of a chunk, and pays for both', () => {
    const numbers = { ...IDEAL, stragglerShare: 1, stragglerFactor: 3 };
    // All runs take three times as long, and so do the second ones, begun at the usual length.
    const plain = simulateChunked(setup({ numbers, window: 4 }), FUNCTION_TIME);
    const hedged = simulateChunked(setup({ numbers, window: 8, hedgeAfter: 1 }), FUNCTION_TIME);
    expect(hedged.chunksDone).toBe(plain.chunksDone);
    expect(hedged.usd).toBeCloseTo(((145 + 144) * 1769) / 1024, 6);
  });

  it('gives the same for the same seed, and another for another', () => {
    const real = { numbers: NUMBERS, workload: workload(FULL_HD, 600), window: 20 };
    expect(simulateChunked(setup(real))).toEqual(simulateChunked(setup(real)));
    expect(simulateChunked(setup({ ...real, seed: 2 }))).not.toEqual(simulateChunked(setup(real)));
  });
});

describe('createFleet', () => {
  /** Begins of `count` messages that are sent at once, each worked on for 100 s. */
  function begins(invocation: 'queue' | 'async', count: number, numbers: Numbers): number[] {
    const clock = createEventClock();
    const fleet = createFleet(clock, numbers, { invocation, concurrency: 10_000 });
    const times: number[] = [];
    for (let message = 0; message < count; message += 1) {
      fleet.invoke((end) => {
        times.push(Math.round(clock.now() * 10) / 10);
        clock.after(100, end);
      });
    }
    clock.run();
    return times;
  }

  it("follows the pollers' ramp behind a queue", () => {
    expect(begins('queue', 10, IDEAL)).toEqual([0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('begins all at once when invoked asynchronously, as far as environments are given', () => {
    const numbers = { ...IDEAL, environmentBurst: 3, environmentsPerSecond: 10 };
    expect(begins('async', 5, numbers)).toEqual([0, 0, 0, 0.1, 0.2]);
  });

  it.each([
    ['queue', 0, 5],
    ['queue', 60, 305],
    ['queue', 3600, 1000],
    [{ chunkPollers: 2 }, 0, 20],
    [{ chunkPollers: 30 }, 60, 1300],
    ['async', 0, Number.POSITIVE_INFINITY],
  ] as const)('lets %j have after %d s %d invokes', (invocation, seconds, invokes) => {
    expect(invokesAt(invocation, seconds, NUMBERS)).toBe(invokes);
  });
});

describe('mediaConvertUsd', () => {
  it('counts SD and HD by their lines, and high frame rates twice', () => {
    const { renditions } = workload(FULL_HD, 60).plan;
    expect(mediaConvertUsd(renditions, 60)).toBeCloseTo(0.0375, 10);
    const fast = renditions.map((rendition) => ({ ...rendition, frameRate: { num: 60, den: 1 } }));
    expect(mediaConvertUsd(fast, 120)).toBeCloseTo(0.15, 10);
  });
});

describe('other lanes', () => {
  it('leaves to others what functions cannot do', () => {
    expect(simulateFunctions(workload(FULL_HD, 4 * 3600), IDEAL, 1)).toBeNull();
  });

  it('starts a container, encodes with four processors and pays for a minute at least', () => {
    const prices = { ...FUNCTION_TIME, fargateVcpuHour: 3600 };
    // 10 + 2 x 24 CPU s at 3.4 a second.
    const seconds = 60 + 58 / 3.4;
    expect(simulateContainer(source(), { ...IDEAL, containerBilledStartSeconds: 0 }, 1, prices)).toEqual({
      firstPlayable: seconds,
      done: seconds,
      usd: 240,
    });
  });
});
