import { describe, expect, it } from 'vitest';
import { chooseLane } from '../../shared/core/route/choose-lane.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const LIMITS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };

describe('chooseLane', () => {
  it('keeps what fits in functions, and says how well it fits', () => {
    expect(chooseLane(PROBE, PLAN, LIMITS, 1000)).toEqual({
      lane: 'lambda',
      laneReason: expect.stringMatching(/: the longest takes about \d+ of 900 seconds\.$/),
    });
  });

  it.each([1000, 50e9])('gives a source of unknown length and %d bytes a try', (bytes) => {
    expect(chooseLane(PROBE, { ...PLAN, durationSeconds: null }, LIMITS, bytes)).toEqual({
      lane: 'lambda',
      laneReason: 'The file does not say how long it is, so its tasks are tried in functions.',
    });
  });

  it('refuses only what is predicted to need more than all that a function has', () => {
    // The longest task of this plan: see the test of predict.
    expect(chooseLane(PROBE, PLAN, { ...LIMITS, timeoutSeconds: 8 }, 1000).lane).toBe('lambda');
    expect(() => chooseLane(PROBE, PLAN, { ...LIMITS, timeoutSeconds: 7 }, 1000)).toThrow(
      '720p is predicted to take 8 seconds; a function has 7.',
    );
  });

  it.each([
    ['time', { timeoutSeconds: 1 }, 'limit.timeout'],
    ['memory', { memoryMb: 128 }, 'limit.memory'],
    ['scratch space', { scratchMb: 1 }, 'limit.disk'],
  ])('refuses what exceeds its %s', (_, limits, code) => {
    expect(() => chooseLane(PROBE, PLAN, { ...LIMITS, ...limits }, 1000)).toThrow(
      expect.objectContaining({ code, retryable: false }),
    );
  });
});
