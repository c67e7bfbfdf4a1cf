import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/core/plan.ts';
import { chooseLane, type LaneLimits, type LaneSetting } from '../../shared/core/route/choose-lane.ts';
import { predict, predictLadder } from '../../shared/core/route/predict.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const FUNCTIONS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };
const CONTAINER = { vcpus: 4, timeoutSeconds: 43_200, memoryMb: 8192, scratchMb: 200_000 };
const UNDECLARED: Plan = { ...PLAN, durationSeconds: null };

function limits(functions: Partial<typeof FUNCTIONS>, container: Partial<typeof CONTAINER> = {}): LaneLimits {
  return { functions: { ...FUNCTIONS, ...functions }, container: { ...CONTAINER, ...container } };
}

function choose(given: LaneLimits, setting: LaneSetting = 'auto', plan = PLAN) {
  return chooseLane(PROBE, plan, given, setting);
}

/** Of the longest, thirstiest, largest task of the plan. */
const [, LONGEST] = predict(PLAN, PROBE, FUNCTIONS);
const SECONDS = LONGEST?.seconds ?? 0;
const MEMORY = LONGEST?.memoryMb ?? 0;
const LADDER = predictLadder(PLAN, PROBE, CONTAINER);

describe('chooseLane', () => {
  it('keeps what fits in functions, and says how well it fits', () => {
    expect(choose(limits({}))).toEqual({
      lane: 'lambda',
      laneReason: `Every task is predicted to fit into a function: the longest takes about ${SECONDS} of 900 seconds.`,
      scratchMb: null,
    });
  });

  it.each([
    ['exactly 60 % of the time', { timeoutSeconds: SECONDS / 0.6 }, 'lambda'],
    ['more than 60 % of the time', { timeoutSeconds: SECONDS / 0.61 }, 'batch'],
    ['more than 60 % of the scratch space', { scratchMb: 64 / 0.61 }, 'batch'],
    ['60 % of the scratch space at most', { scratchMb: 64 / 0.59 }, 'lambda'],
  ])('%s', (_name, functions, lane) => {
    expect(choose(limits(functions)).lane).toBe(lane);
  });

  it.each([
    [
      { timeoutSeconds: 3 },
      `720p is predicted to take ${SECONDS} seconds; a function has 3, of which at most 60 % are counted on, so the job runs in a container.`,
    ],
    [
      { memoryMb: 400 },
      `720p is predicted to take ${MEMORY} MB of memory; a function has 400, of which at most 60 % are counted on, so the job runs in a container.`,
    ],
    [
      { scratchMb: 100 },
      'thumbnails is predicted to take 64 MB of scratch space; a function has 100, of which at most 60 % are counted on, so the job runs in a container.',
    ],
  ])('says which limit is in the way: %o', (functions, laneReason) => {
    expect(choose(limits(functions))).toEqual({ lane: 'batch', laneReason, scratchMb: LADDER.scratchMb });
  });

  it('takes unknown length for too long', () => {
    expect(choose(limits({}), 'auto', UNDECLARED)).toEqual({
      lane: 'batch',
      laneReason: 'The file does not say how long it is, so the job runs in a container.',
      scratchMb: null,
    });
  });

  it.each([
    ['what fits', PLAN, limits({})],
    ['what is too much for a function', PLAN, limits({ timeoutSeconds: 1 })],
    ['what is too much for anything', PLAN, limits({ timeoutSeconds: 1 }, { timeoutSeconds: 1 })],
    ['unknown length', UNDECLARED, limits({})],
  ])('starts %s in functions where that is set', (_name, plan, given) => {
    expect(choose(given, 'lambda', plan)).toEqual({
      lane: 'lambda',
      laneReason: 'A setting of the service has every job start in functions.',
      scratchMb: null,
    });
  });

  it.each([
    ['what would fit a function', PLAN, LADDER.scratchMb],
    ['unknown length', UNDECLARED, null],
  ])('runs %s in a container where that is set', (_name, plan, scratchMb) => {
    expect(choose(limits({}), 'batch', plan)).toEqual({
      lane: 'batch',
      laneReason: 'A setting of the service has every job run in a container.',
      scratchMb,
    });
  });

  it.each([
    ['time', { timeoutSeconds: 1 }, 'limit.timeout', `take ${LADDER.seconds} seconds; a container has 1.`],
    [
      'memory',
      { memoryMb: 500 },
      'limit.memory',
      `take ${LADDER.memoryMb} MB of memory; a container has 500.`,
    ],
    [
      'scratch',
      { scratchMb: 9 },
      'limit.disk',
      `take ${LADDER.scratchMb} MB of scratch space; a container has 9.`,
    ],
  ])('refuses what exceeds even the %s of a container', (_name, container, code, words) => {
    for (const setting of ['auto', 'batch'] as const) {
      expect(() => choose(limits({ timeoutSeconds: 1 }, container), setting)).toThrow(
        expect.objectContaining({ code, retryable: false, message: expect.stringContaining(words) }),
      );
    }
  });
});
