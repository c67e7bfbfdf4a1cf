import { describe, expect, it } from 'vitest';
import {
  chunkNames,
  chunkOrder,
  chunkPlace,
  joinStep,
  plannedFrames,
  successors,
} from '../../shared/core/chunks/chunk-order.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';

/** 6, 12, 12 and 15 s of 24 frames, and two pieces of sound. */
const PLAN: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 2,
  chunks: 4,
  declaredFrames: 1080,
  audio: { copy: false, packetsPerPiece: 1000, pieces: 2 },
};

describe('the order of chunks', () => {
  it('begins with the first of the picture and the sound, then has what is longer, then all as they are played', () => {
    expect(chunkOrder(PLAN)).toEqual([
      'chunk-00000',
      'audio-00000',
      'chunk-00003',
      'chunk-00001',
      'chunk-00002',
      'audio-00001',
    ]);
    expect([0, 1, 2, 3].map((index) => plannedFrames(PLAN, index))).toEqual([144, 288, 288, 360]);
  });

  it('has a last chunk that is shorter at the end', () => {
    expect(chunkOrder({ ...PLAN, declaredFrames: 800, audio: null })).toEqual([
      'chunk-00000',
      'chunk-00001',
      'chunk-00002',
      'chunk-00003',
    ]);
  });

  it('has one of a source that declares too few frames at least one frame long', () => {
    expect(plannedFrames({ ...PLAN, declaredFrames: 10 }, 3)).toBe(1);
  });

  it.each([
    ['chunk-00000', 2, ['chunk-00003', 'chunk-00002']],
    ['audio-00000', 2, ['chunk-00001', 'audio-00001']],
    ['chunk-00002', 2, []],
    ['chunk-00000', 100, []],
  ] as const)('has %s make room for those a window of %i later', (name, window, expected) => {
    expect(successors(PLAN, name, window)).toEqual(expected);
  });

  it('gives each a place in the order of time', () => {
    expect(chunkNames(PLAN).map((name) => chunkPlace(PLAN, name))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(() => chunkPlace(PLAN, '480p')).toThrow(RangeError);
  });

  it.each([
    [2, 8],
    [128, 8],
    [1201, 76],
  ])('rings for the joins of %i chunks after every %i', (total, step) => {
    expect(joinStep(total)).toBe(step);
  });
});
