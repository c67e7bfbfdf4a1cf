import { describe, expect, it } from 'vitest';
import type { Preset } from '../../shared/core/ladder.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { Probe, VideoStream } from '../../shared/core/probe.ts';
import type { Calibration } from '../../shared/core/route/calibration.ts';
import {
  ladderCpuSeconds,
  predict,
  predictLadder,
  renditionCpuSeconds,
} from '../../shared/core/route/predict.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

/** Round numbers, so that what is expected can be told by hand. */
const TABLE: Calibration = {
  referenceSeconds: 1,
  startSeconds: 0.5,
  perSoundSecond: 0.01,
  decode: {
    h264: { perMegapixel: 0.002, perMegabit: 0.01 },
    hevc: { perMegapixel: 0.004, perMegabit: 0.02 },
  },
  highBitDepth: 1.5,
  scale: 0.001,
  deinterlace: 0.002,
  toneMap: 0.02,
  encode: [
    { megapixels: 0.4, easy: 0.01, hard: 0.02 },
    { megapixels: 0.8, easy: 0.006, hard: 0.016 },
  ],
  presets: {
    ultrafast: 0.5,
    superfast: 0.75,
    veryfast: 1,
    faster: 1.6,
    fast: 2,
    medium: 2.5,
    slow: 4,
    slower: 8,
    veryslow: 14,
  },
};
const LIMITS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 2048 };

/** 100 s of 1000x1000 pixels at 10 frames a second: 10 megapixels and a megabit or two each second. */
const VIDEO: VideoStream = {
  ...PROBE.video,
  codedWidth: 1000,
  codedHeight: 1000,
  width: 1000,
  height: 1000,
  frameRate: { num: 10, den: 1 },
  bitrate: 20_000_000,
};

function plan(size: number, fields: Partial<Plan> = {}, preset: Preset = 'veryfast'): Plan {
  const [first] = PLAN.renditions;
  if (first === undefined) throw new Error('a plan without renditions');
  const rendition = { ...first, width: size, height: size, frameRate: { num: 10, den: 1 }, preset };
  return { ...PLAN, durationSeconds: 100, renditions: [rendition], ...fields };
}

function cpu(given: Plan, video: Partial<VideoStream> = {}): number {
  const probe: Probe = { ...PROBE, video: { ...VIDEO, ...video } };
  return Number(renditionCpuSeconds(given, probe, TABLE).get('480p')?.toFixed(3));
}

describe('renditionCpuSeconds', () => {
  // Start 0.5, sound 1; decode 100 s x 10 MP x 0.002 + 2000 Mbit x 0.01 = 22.
  it.each([
    ['as large as the source, grainy', plan(1000), {}, 1.5 + 22 + 1000 * 0.016],
    ['standing still', plan(1000), { bitrate: 100_000 }, 1.5 + 2 + 0.1 + 1000 * 0.006],
    ['scaled down', plan(500), {}, 1.5 + 22 + 1 + 250 * 0.02],
    ['between two measured sizes', plan(752), {}, 34.68],
    ['without sound', plan(1000, { audio: null }), {}, 0.5 + 22 + 16],
    ['a slow preset', plan(1000, {}, 'medium'), {}, 1.5 + 22 + 16 * 2.5],
    ['fields', plan(1000, { picture: { ...PLAN.picture, deinterlace: true } }), {}, 1.5 + 22 + 2 + 16],
    ['HDR', plan(1000, { picture: { ...PLAN.picture, tonemap: 'pq' } }), {}, 1.5 + 22 + 20 + 16],
    ['10 bits of HEVC', plan(1000), { codec: 'hevc', bitDepth: 10 }, 1.5 + (4 + 40) * 1.5 + 16],
    [
      'few pictures, repeated',
      plan(1000),
      { frameRate: { num: 5, den: 1 } },
      1.5 + 1 + 20 + 500 * 0.016 + 500 * 0.006,
    ],
    ['more pictures than are wanted', plan(1000), { frameRate: { num: 20, den: 1 } }, 1.5 + 4 + 20 + 16],
    ['a codec that was never measured', plan(1000), { codec: 'h261' }, 1.5 + 4 + 20 + 16],
  ])('%s', (_name, given, video, expected) => {
    expect(cpu(given, video)).toBeCloseTo(expected, 2);
  });
});

describe('predict', () => {
  it('tells seconds, memory and scratch of every task in a function', () => {
    expect(predict(PLAN, PROBE, LIMITS, TABLE)).toEqual([
      { task: '480p', seconds: 5, memoryMb: 214, scratchMb: 2 * 3 },
      { task: '720p', seconds: 6, memoryMb: 260, scratchMb: 2 * 5 },
      { task: 'thumbnails', seconds: 3, memoryMb: 217, scratchMb: 64 },
    ]);
  });

  it('shares the work among the processors that come with the memory, six at most', () => {
    const hour = { ...PLAN, durationSeconds: 3600 };
    const seconds = (memoryMb: number) =>
      predict(hour, PROBE, { ...LIMITS, memoryMb }, TABLE)[1]?.seconds ?? 0;
    const cpu = renditionCpuSeconds(hour, PROBE, TABLE).get('720p') ?? 0;
    expect([seconds(1769), seconds(3538), seconds(100_000)]).toEqual(
      [1, 2 * 0.85, 6 * 0.85].map((speed) => Math.ceil(2 + cpu / speed)),
    );
  });

  it('knows what tone mapping, AV1 and a slow preset take', () => {
    const memory = (given: Plan, codec: string) =>
      predict(given, { ...PROBE, video: { ...PROBE.video, codec } }, LIMITS)[1]?.memoryMb;
    const mapped = { ...PLAN, picture: { ...PLAN.picture, tonemap: 'pq' as const } };
    const slow = {
      ...PLAN,
      renditions: PLAN.renditions.map((each) => ({ ...each, preset: 'veryslow' as const })),
    };
    expect([memory(PLAN, 'hevc'), memory(mapped, 'hevc'), memory(PLAN, 'av1'), memory(slow, 'hevc')]).toEqual(
      [260, 283, 385, 393],
    );
  });

  it('says nothing of the time of a source that does not say how long it is', () => {
    const unknown = { ...PLAN, durationSeconds: null };
    expect(predict(unknown, PROBE, LIMITS)).toEqual([
      { task: '480p', seconds: null, memoryMb: 214, scratchMb: null },
      { task: '720p', seconds: null, memoryMb: 260, scratchMb: null },
      { task: 'thumbnails', seconds: null, memoryMb: 217, scratchMb: 64 },
    ]);
  });
});

describe('predictLadder', () => {
  const renditions = ['480p', '720p'];
  const separate = renditionCpuSeconds(PLAN, PROBE, TABLE);

  it('counts one decode, one sound and the stills', () => {
    // Twice the start, decode (10 s x (49.77 MP x 0.002 + 5 Mbit x 0.01)) and sound are one too many.
    const twice = renditions.reduce((sum, name) => sum + (separate.get(name) ?? 0), 0);
    const expected = twice - 0.5 - 10 * (49.7664 * 0.002 + 0.05) - 0.1 + 2;
    expect(ladderCpuSeconds(PLAN, PROBE, TABLE)).toBeCloseTo(expected, 6);
  });

  it('tells what one container needs: a process for each processor, two copies of every rendition', () => {
    const cpu = ladderCpuSeconds(PLAN, PROBE, TABLE) ?? 0;
    expect([1, 4].map((vcpus) => predictLadder(PLAN, PROBE, { vcpus }, TABLE))).toEqual([
      { seconds: Math.ceil(10 + cpu), memoryMb: 297, scratchMb: 2 * (3 + 5) + 150 },
      { seconds: Math.ceil(10 + cpu / 3.4), memoryMb: 738, scratchMb: 2 * (3 + 5) + 150 },
    ]);
  });

  it('says nothing of the time of a source that does not say how long it is', () => {
    expect(predictLadder({ ...PLAN, durationSeconds: null }, PROBE, { vcpus: 1 }, TABLE)).toEqual({
      seconds: null,
      memoryMb: 297,
      scratchMb: null,
    });
  });
});
