import { describe, expect, it } from 'vitest';
import { laneLimits } from '../../shared/edge/lane-limits.ts';

const LAMBDA = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };
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
    expect(laneLimits({ lambda: LAMBDA, batch: { ...BATCH, definitions } })).toEqual({
      functions: LAMBDA,
      container: { vcpus: 4, memoryMb: 8192, timeoutSeconds: 43_200, scratchMb },
    });
  });
});
