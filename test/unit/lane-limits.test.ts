import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { laneLimits } from '../../shared/edge/lane-limits.ts';

const LAMBDA = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };
const CHUNKS = {
  window: 5,
  memoryMb: 1769,
  timeoutSeconds: 600,
  scratchMb: 1024,
  heartbeatSeconds: 5,
  segmentsPerChunk: 4,
};
const BATCH = {
  spotQueue: null,
  onDemandQueue: null,
  vcpus: 4,
  memoryMb: 8192,
  timeoutSeconds: 43_200,
  startSeconds: 600,
  heartbeatSeconds: 5,
};

describe('laneLimits', () => {
  it.each([
    ['the largest definition', [30, 100], 100_000],
    ['as much as there is, where none is named', [], 200_000],
  ])('counts on the scratch space of %s', (_name, sizes, scratchMb) => {
    const definitions = sizes.map((scratchGb) => ({ scratchGb, definition: `size-${scratchGb}` }));
    const config = {
      lambda: LAMBDA,
      chunks: CHUNKS,
      batch: { ...BATCH, definitions },
      profile: { ...DEFAULT_PROFILE, gopsPerSegment: 2 },
    };
    expect(laneLimits(config)).toEqual({
      functions: LAMBDA,
      chunks: {
        timeoutSeconds: 600,
        memoryMb: 1769,
        scratchMb: 1024,
        gopsPerSegment: 2,
        segmentsPerChunk: 4,
      },
      container: { vcpus: 4, memoryMb: 8192, timeoutSeconds: 43_200, scratchMb },
    });
  });
});
