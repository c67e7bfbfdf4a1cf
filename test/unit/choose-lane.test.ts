import { describe, expect, it } from 'vitest';
import { chooseLane } from '../../shared/core/choose-lane.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const LIMITS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };

describe('chooseLane', () => {
  it('keeps what fits in functions, and says how well it fits', () => {
    expect(chooseLane(PROBE, PLAN, LIMITS, 1000)).toEqual({
      lane: 'lambda',
      laneReason: expect.stringMatching(/: the longest takes about \d+ of 900 seconds\.$/),
    });
  });

  it('gives a small source of unknown length a try', () => {
    expect(chooseLane(PROBE, { ...PLAN, durationSeconds: null }, LIMITS, 1000)).toEqual({
      lane: 'lambda',
      laneReason: 'The file does not say how long it is and is small enough to be tried in functions.',
    });
  });

  it.each([
    ['time', { timeoutSeconds: 1 }, PLAN, 1000, 'limit.timeout'],
    ['memory', { memoryMb: 128 }, PLAN, 1000, 'limit.memory'],
    ['scratch space', { scratchMb: 1 }, PLAN, 1000, 'limit.disk'],
    ['time, for all one knows', {}, { ...PLAN, durationSeconds: null }, 50e9, 'limit.timeout'],
  ])('refuses what exceeds its %s', (_, limits, plan, bytes, code) => {
    expect(() => chooseLane(PROBE, plan, { ...LIMITS, ...limits }, bytes)).toThrow(
      expect.objectContaining({ code, retryable: false }),
    );
  });
});
