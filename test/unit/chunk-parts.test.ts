import { describe, expect, it } from 'vitest';
import { canChunk } from '../../shared/core/chunks/can-chunk.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { chunkRange } from '../../shared/core/chunks/chunk-range.ts';
import { chunkShortfall } from '../../shared/core/chunks/chunk-shortfall.ts';
import { keyframeMismatches } from '../../shared/core/chunks/keyframe-check.ts';
import { sourceBudget } from '../../shared/core/chunks/source-budget.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

/** 1,000 frames in segments of 144: one, then three times two, then the rest. */
const CHUNKS: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 2,
  chunks: 4,
  declaredFrames: 1000,
  audio: { copy: false, packetsPerPiece: 100, pieces: 2 },
};
const RATE = { num: 24, den: 1 };

describe('the frames of a chunk', () => {
  it('are whole segments, one in the first, what there is in the last', () => {
    expect([0, 1, 2, 3].map((index) => chunkRange(CHUNKS, index))).toEqual([
      { first: 0, frames: 144 },
      { first: 144, frames: 288 },
      { first: 432, frames: 288 },
      { first: 720, frames: null },
    ]);
    expect(chunkRange({ ...CHUNKS, chunks: 1 }, 0)).toEqual({ first: 0, frames: null });
  });

  it.each([-1, 4, 0.5])('are none of chunk %s', (index) => {
    expect(() => chunkRange(CHUNKS, index)).toThrow(RangeError);
  });

  it.each([
    [0, 144, true],
    [0, 143, false],
    [1, 288, true],
    [1, 289, false],
    [3, 280, true],
    [3, 271, true],
    [3, 0, false],
    [3, 260, false],
    [3, 300, false],
  ])('of chunk %i are %i: %s', (index, made, expected) => {
    expect(chunkShortfall(CHUNKS, index, { made, frameRate: RATE }) === null).toBe(expected);
  });
});

describe('a source', () => {
  const judge = (change: Partial<Probe>) => {
    const probe = { ...PROBE, ...change };
    return canChunk(probe, planJob(probe, DEFAULT_PROFILE, 'hash'));
  };
  const interlaced = { video: { ...PROBE.video, interlaced: true } };
  const lateVideo = { video: { ...PROBE.video, startSeconds: 0.08 } };
  const lengthless = { durationSeconds: null, video: { ...PROBE.video, durationSeconds: null } };

  it.each([
    ['an MP4', {}, true],
    ['Matroska', { container: 'matroska,webm' }, true],
    ['a transport stream', { container: 'mpegts' }, true],
    ['a transport stream whose sound begins first', { container: 'mpegts', ...lateVideo }, false],
    ['interlaced', interlaced, true],
    ['an AVI', { container: 'avi' }, false],
    ['a program stream', { container: 'mpeg' }, false],
    ['broken off', { brokenOff: true }, false],
    ['one that does not say when it begins', { containerStartSeconds: null }, false],
    ['one that does not say how long it is', lengthless, false],
  ] as const)('that is %s may be cut: %s %s', (_name, change, expected) => {
    expect(judge(change)).toBe(expected);
  });
});

describe('the bytes that a chunk may read', () => {
  const budget = (task: string) => sourceBudget({ ...PLAN, chunks: CHUNKS }, task, 10_000_000_000);
  const FLOOR = 64 * 1024 * 1024;

  it('are some times its share of the file, and a floor', () => {
    expect(['chunk-00000', 'chunk-00001', 'chunk-00003', 'audio-00001'].map(budget)).toEqual([
      FLOOR + 11_520_000_000,
      FLOOR + 11_520_000_000,
      FLOOR + 11_520_000_000,
      FLOOR + 20_000_000_000,
    ]);
  });

  it('are not limited for other tasks', () => {
    expect([budget('480p'), sourceBudget(PLAN, 'chunk-00000', 1)]).toEqual([undefined, undefined]);
  });
});

describe('the keyframes of a chunk', () => {
  const [rendition] = PLAN.renditions;
  if (!rendition) throw new Error('no rendition');
  const checked = { file: '', rendition, first: 144, frames: 50 };
  const text = (size: string, ...lines: string[]) => [`#dimensions 0: ${size}`, ...lines, ''].join('\n');
  const BYTES = 614_880;

  it.each([
    ['as planned', text('854x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`), 0],
    [
      'of another size',
      text('850x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`),
      1,
    ],
    ['too few', text('854x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`), 1],
    ['uneven', text('854x480', `0, 0, 6041667, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`), 1],
    [
      'later, all as much',
      text('854x480', `0, 0, 6083333, 0, ${BYTES}, 0x1`, `0, 0, 8083333, 0, ${BYTES}, 0x1`),
      1,
    ],
    ['early', text('854x480', `0, 0, 5958333, 0, ${BYTES}, 0x1`, `0, 0, 7958333, 0, ${BYTES}, 0x1`), 1],
    ['of 10 bits', text('854x480', '0, 0, 6000000, 0, 1229760, 0x1', '0, 0, 8000000, 0, 1229760, 0x1'), 1],
    ['none', '', 2],
  ])('that are %s give %#', (_name, found, mismatches) => {
    expect(keyframeMismatches(found, [checked])).toHaveLength(mismatches);
  });
});
