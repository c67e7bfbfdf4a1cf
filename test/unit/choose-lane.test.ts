import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/core/plan.ts';
import { chooseLane, type LaneLimits, type LaneSetting } from '../../shared/core/route/choose-lane.ts';
import { predict, predictChunk, predictLadder } from '../../shared/core/route/predict.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const FUNCTIONS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 };
/** Of what is tested without them: too short for any piece. */
const NO_CHUNKS = {
  timeoutSeconds: 1,
  memoryMb: 1769,
  scratchMb: 1024,
  gopsPerSegment: 3,
  segmentsPerChunk: null,
};
const CONTAINER = { vcpus: 4, timeoutSeconds: 43_200, memoryMb: 8192, scratchMb: 200_000 };
const UNDECLARED: Plan = { ...PLAN, durationSeconds: null };

function limits(functions: Partial<typeof FUNCTIONS>, container: Partial<typeof CONTAINER> = {}): LaneLimits {
  return {
    functions: { ...FUNCTIONS, ...functions },
    chunks: NO_CHUNKS,
    container: { ...CONTAINER, ...container },
  };
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

/** A film of so many seconds. */
function film(durationSeconds: number, container = PROBE.container) {
  const video = { ...PROBE.video, durationSeconds, frames: durationSeconds * 24 };
  return { probe: { ...PROBE, container, durationSeconds, video }, plan: { ...PLAN, durationSeconds } };
}

describe('chooseLane with chunks', () => {
  const CHUNKS: LaneLimits['chunks'] = { ...NO_CHUNKS, timeoutSeconds: 900 };
  const BOTH: LaneLimits = { ...limits({}), chunks: CHUNKS };
  /** What a second takes in the function that has the longest task. */
  const [, longest] = predict(film(1000).plan, film(1000).probe, FUNCTIONS);
  const perSecond = ((longest?.seconds ?? 0) - 2) / 1000;
  const lengthOf = (seconds: number) => Math.floor((seconds - 2) / perSecond);
  const inPieces = 'so the job is cut into pieces that functions make side by side.';

  function chooseFor(seconds: number, given = BOTH, setting: LaneSetting = 'auto', container?: string) {
    const { probe, plan } = film(seconds, container);
    return chooseLane(probe, plan, given, setting);
  }

  it.each([
    ['a small file', lengthOf(90), 'lambda', /^Every task is predicted to fit into a function/],
    [
      'a medium one',
      lengthOf(92),
      'chunked',
      new RegExp(`^One function would take about \\d+ seconds, ${inPieces}$`),
    ],
    [
      'one that is too long for a function',
      7200,
      'chunked',
      new RegExp(
        `^720p is predicted to take \\d+ seconds; a function has 900, of which at most 60 % are counted on, ${inPieces}$`,
      ),
    ],
  ])('sends %s where it is done soonest', (_name, seconds, lane, laneReason) => {
    expect(chooseFor(seconds)).toEqual({
      lane,
      laneReason: expect.stringMatching(laneReason),
      scratchMb: null,
    });
  });

  it.each([
    ['cannot be sought', 'avi', BOTH],
    ['has pieces too long for a function', undefined, { ...BOTH, chunks: NO_CHUNKS }],
    ['has pieces too large for its memory', undefined, { ...BOTH, chunks: { ...CHUNKS, memoryMb: 400 } }],
    ['has pieces too large for its scratch', undefined, { ...BOTH, chunks: { ...CHUNKS, scratchMb: 30 } }],
  ])('leaves in one piece what %s', (_name, container, given) => {
    expect(chooseFor(lengthOf(200), given, 'auto', container).lane).toBe('lambda');
    expect(chooseFor(7200, given, 'auto', container)).toMatchObject({
      lane: 'batch',
      laneReason: expect.stringMatching(
        /^720p is predicted to take .*60 % are counted on, so the job runs in a container\.$/,
      ),
    });
  });

  it('leaves in one piece what a rendition is copied from, unless all jobs are to be cut', () => {
    const { probe, plan } = film(lengthOf(200));
    const renditions = plan.renditions.map((rendition) => ({ ...rendition, passThrough: true }));
    const lanes = (['auto', 'chunked'] as const).map(
      (setting) => chooseLane(probe, { ...plan, renditions }, BOTH, setting).lane,
    );
    expect(lanes).toEqual(['lambda', 'chunked']);
  });

  it('counts on 60 % of a chunk function', () => {
    const { probe, plan } = film(7200);
    // One and a half of four segments of six seconds.
    const { seconds } = predictChunk(plan, probe, CHUNKS, 36);
    const given = (timeoutSeconds: number) => ({ ...BOTH, chunks: { ...CHUNKS, timeoutSeconds } });
    expect(chooseFor(7200, given((seconds ?? 0) / 0.59)).lane).toBe('chunked');
    expect(chooseFor(7200, given((seconds ?? 0) / 0.61)).lane).toBe('batch');
  });

  it('cuts everything where that is set, whatever is predicted', () => {
    expect(chooseFor(10, limits({}), 'chunked')).toEqual({
      lane: 'chunked',
      laneReason: 'A setting of the service has every job cut into pieces that functions make side by side.',
      scratchMb: null,
    });
  });

  it.each([
    ['cannot be sought', film(10, 'avi'), 'this file cannot be read piece by piece'],
    [
      'does not say how long it is',
      { probe: { ...PROBE, durationSeconds: null }, plan: UNDECLARED },
      'this file does not say how long it is',
    ],
  ])('runs in a container what %s, even then', (_name, { probe, plan }, why) => {
    expect(chooseLane(probe, plan, BOTH, 'chunked')).toMatchObject({
      lane: 'batch',
      laneReason: `A setting of the service has every job cut into pieces, but ${why}, so the job runs in a container.`,
    });
  });
});
