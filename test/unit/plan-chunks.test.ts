import { describe, expect, it } from 'vitest';
import {
  areKeyframesSparse,
  keyframePlaces,
  parseKeyframeLook,
} from '../../shared/core/chunks/keyframe-look.ts';
import { type ChunkOptions, longestChunkFrames, planChunks } from '../../shared/core/chunks/plan-chunks.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const DENSE: ChunkOptions = { gopsPerSegment: 3, segmentsPerChunk: null, isSparse: false };
const SPARSE: ChunkOptions = { ...DENSE, isSparse: true };
const NO_SOUND: Plan = { ...PLAN, audio: null };

/** A silent source of so many seconds at 24 frames a second: segments of 144 frames. */
function source(seconds: number): Probe {
  return {
    ...PROBE,
    durationSeconds: seconds,
    audio: null,
    video: { ...PROBE.video, durationSeconds: seconds },
  };
}

/** Frames of each chunk. */
function lengths(seconds: number, options = DENSE): number[] {
  const { segmentFrames, segmentsPerChunk, chunks, declaredFrames } = planChunks(
    source(seconds),
    NO_SOUND,
    options,
  );
  const usual = Array.from({ length: chunks }, (_, index) =>
    index === 0 ? segmentFrames : segmentsPerChunk * segmentFrames,
  ).slice(0, -1);
  return [...usual, declaredFrames - usual.reduce((sum, frames) => sum + frames, 0)];
}

describe('planChunks', () => {
  it.each([
    ['a frame', 1 / 24, DENSE, [1]],
    ['a segment', 6, DENSE, [144]],
    ['hardly more than a segment', 6.96, DENSE, [167]],
    ['a segment and a second', 7, DENSE, [144, 24]],
    ['two segments', 12, DENSE, [144, 144]],
    ['a little over half a chunk at the end', 36, DENSE, [144, 288, 288, 144]],
    ['a little under half a chunk at the end', 35.9, DENSE, [144, 288, 430]],
    ['sparse keyframes', 60, SPARSE, [144, 576, 720]],
    ['a length that is set', 30, { ...SPARSE, segmentsPerChunk: 1 }, [144, 144, 144, 144, 144]],
  ])('cuts %s', (_name, seconds, options, frames) => {
    expect(lengths(seconds, options)).toEqual(frames);
  });

  it('makes longer chunks of a very long source', () => {
    const { segmentsPerChunk, chunks } = planChunks(source(48 * 3600), NO_SOUND, DENSE);
    expect({ segmentsPerChunk, chunks }).toEqual({ segmentsPerChunk: 20, chunks: 1441 });
  });

  it.each([2, 7, 31, 90, 300, 3600, 21_600])('leaves no last chunk of %d s short or empty', (from) => {
    for (let seconds = from; seconds < from + 40; seconds += 0.37) {
      for (const options of [DENSE, SPARSE]) {
        const all = lengths(seconds, options);
        const last = all.at(-1) ?? 0;
        const half = (options.isSparse ? 576 : 288) / 2;
        expect(all.reduce((sum, frames) => sum + frames, 0)).toBe(Math.round(seconds * 24));
        expect(last).toBeGreaterThanOrEqual(all.length > 2 ? half : Math.min(24, Math.round(seconds * 24)));
        expect(last).toBeLessThanOrEqual(longestChunkFrames(source(seconds), NO_SOUND, options));
      }
    }
  });

  it('cuts the sound of what has any', () => {
    expect(planChunks(PROBE, PLAN, DENSE)).toEqual({
      segmentFrames: 144,
      segmentsPerChunk: 2,
      chunks: 2,
      declaredFrames: 240,
      audio: expect.objectContaining({ pieces: 1 }),
    });
  });
});

describe('the look for keyframes', () => {
  it('looks at three places of the file’s own clock', () => {
    expect(keyframePlaces({ ...source(100), startSeconds: 5 })).toEqual([28, 56, 84]);
    expect(keyframePlaces({ ...PROBE, durationSeconds: null })).toEqual([]);
  });

  it.each([
    [[0, 1, 2], false],
    [[2.5, 2.5, 2.5], false],
    [[0, 0, 9], true],
    [null, true],
    [[], true],
  ])('takes leads of %j for sparse: %s', (leads, isSparse) => {
    expect(areKeyframesSparse(leads)).toBe(isSparse);
  });

  it.each([
    [
      'the leads',
      [
        { pts_time: '8.5', flags: 'K__' },
        { pts_time: '20.1', flags: 'K_' },
      ],
      [1.5, 0],
    ],
    [
      'another kind of packet',
      [
        { pts_time: '8.5', flags: 'K__' },
        { pts_time: '19.0', flags: '___' },
      ],
      null,
    ],
    ['fewer packets', [{ pts_time: '8.5', flags: 'K__' }], null],
    ['a packet without a time', [{ flags: 'K__' }, { pts_time: '8.5', flags: 'K__' }], null],
  ])('reads %s', (_name, packets, leads) => {
    expect(parseKeyframeLook({ packets }, [10, 20])).toEqual(leads);
  });

  it('reads nothing from what is no answer', () => {
    expect(parseKeyframeLook(undefined, [10])).toBeNull();
  });
});
