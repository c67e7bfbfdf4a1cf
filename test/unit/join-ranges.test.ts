import { describe, expect, it } from 'vitest';
import { committedFiles, endedChunks } from '../../shared/core/join/committed-files.ts';
import { framesToCheck } from '../../shared/core/join/decode-check-args.ts';
import { partRanges, partSizes } from '../../shared/core/join/part-ranges.ts';
import { pieceMap } from '../../shared/core/join/piece-map.ts';
import { planReads } from '../../shared/core/join/plan-reads.ts';
import type { RenditionPlan } from '../../shared/core/plan.ts';
import { PLAN, task } from '../fixtures/jobs.ts';
import { mediaFile } from '../fixtures/streams.ts';

const MIB = 1024 * 1024;

describe('parts of an upload', () => {
  const sizes = { first: 5, next: 8 };
  it.each([
    [0, true, [[1, 0, 0]]],
    [3, true, [[1, 0, 3]]],
    [5, true, [[1, 0, 5]]],
    [
      6,
      true,
      [
        [1, 0, 5],
        [2, 5, 6],
      ],
    ],
    [
      21,
      true,
      [
        [1, 0, 5],
        [2, 5, 13],
        [3, 13, 21],
      ],
    ],
    [5, false, []],
    [12, false, []],
    [13, false, [[2, 5, 13]]],
    [20, false, [[2, 5, 13]]],
    [
      21,
      false,
      [
        [2, 5, 13],
        [3, 13, 21],
      ],
    ],
  ] as const)('of %d bytes of media, ended: %s', (bytes, ended, expected) => {
    const ranges = partRanges(bytes, sizes, ended);
    expect(ranges.map(({ number, start, end }) => [number, start, end])).toEqual(expected);
  });

  it('only ever become more while the media grows', () => {
    const whole = partRanges(60, sizes, true);
    for (let bytes = 0; bytes < 60; bytes += 1) {
      for (const range of partRanges(bytes, sizes, false)) expect(whole).toContainEqual(range);
    }
  });

  const [rendition] = PLAN.renditions;
  const sizesOf = (declaredFrames: number, fields: Partial<RenditionPlan> = {}) =>
    partSizes(
      { ...PLAN, chunks: { ...CHUNKS, declaredFrames } },
      { ...(rendition as RenditionPlan), ...fields },
    );

  it('have 8 MiB, and more only where there would be too many of them', () => {
    expect(sizesOf(86_400)).toEqual({ first: 5 * MIB, next: 8 * MIB });
    const day = { frames: 24 * 86_400, maxBitrate: 50_000_000 };
    const sizes = sizesOf(day.frames, { maxBitrate: day.maxBitrate });
    expect(sizes).toEqual({ first: 5 * MIB, next: 104 * MIB });
    expect(() => partRanges(10_001 * 8, { first: 5, next: 8 }, true)).toThrow(RangeError);
  });
});

const CHUNKS = {
  segmentFrames: 144,
  segmentsPerChunk: 2,
  chunks: 3,
  declaredFrames: 700,
  audio: { copy: false, packetsPerPiece: 500, pieces: 2 },
};

describe('pieces of a joined file', () => {
  const pieces = [
    { path: 'v0', offset: 100, bytes: 10 },
    { path: 'a0', offset: 50, bytes: 4 },
    { path: 'v0', offset: 130, bytes: 0 },
    { path: 'v0', offset: 130, bytes: 6 },
    { path: 'v1', offset: 90, bytes: 20 },
  ];
  const map = pieceMap(pieces);

  it.each([
    [0, 0, []],
    [40, 40, []],
    [0, 10, [{ path: 'v0', offset: 100, bytes: 10, at: 0 }]],
    [
      8,
      15,
      [
        { path: 'v0', offset: 108, bytes: 2, at: 0 },
        { path: 'a0', offset: 50, bytes: 4, at: 2 },
        { path: 'v0', offset: 130, bytes: 1, at: 6 },
      ],
    ],
    [12, 13, [{ path: 'a0', offset: 52, bytes: 1, at: 0 }]],
    [
      19,
      40,
      [
        { path: 'v0', offset: 135, bytes: 1, at: 0 },
        { path: 'v1', offset: 90, bytes: 20, at: 1 },
      ],
    ],
  ])('of bytes %d to %d', (start, end, expected) => {
    expect(map.bytes).toBe(40);
    expect(map.slices(start, end)).toEqual(expected);
  });

  it('end where the file does', () => {
    expect(() => map.slices(0, 41)).toThrow(RangeError);
    expect(() => map.slices(-1, 4)).toThrow(RangeError);
    expect(pieceMap([]).slices(0, 0)).toEqual([]);
  });

  it('are read in one go where they lie near one another', () => {
    const far = { path: 'v1', offset: 90 + 20 + 300 * 1024, bytes: 5, at: 40 };
    expect(planReads([...map.slices(8, 40), far], 256 * 1024)).toEqual([
      {
        path: 'v0',
        start: 108,
        end: 136,
        slices: [
          { path: 'v0', offset: 108, bytes: 2, at: 0 },
          { path: 'v0', offset: 130, bytes: 6, at: 6 },
        ],
      },
      { path: 'a0', start: 50, end: 54, slices: [{ path: 'a0', offset: 50, bytes: 4, at: 2 }] },
      { path: 'v1', start: 90, end: 110, slices: [{ path: 'v1', offset: 90, bytes: 20, at: 12 }] },
      { path: 'v1', start: far.offset, end: far.offset + 5, slices: [far] },
    ]);
  });
});

describe('frames of a joined file that are decoded', () => {
  it.each([
    [1, [[0, 1]]],
    [50, [[0, 50]]],
    [51, [[0, 51]]],
    [100, [[0, 100]]],
    [
      101,
      [
        [0, 50],
        [100, 1],
      ],
    ],
    [
      200,
      [
        [0, 50],
        [150, 50],
      ],
    ],
  ])('are the first and the last GOP of %d', (frames, expected) => {
    expect(framesToCheck(frames, 50).map((part) => [part.first, part.frames])).toEqual(expected);
  });
});

describe('what chunks have committed', () => {
  const done = (name: string, ...tracks: readonly string[]) => {
    const index = Number(name.slice(-1));
    return task(name, { state: 'succeeded', media: tracks.map((track) => mediaFile(track, index)) });
  };
  const paths = (chunks: Parameters<typeof committedFiles>[1], track: string) => {
    const { files, ended } = committedFiles(CHUNKS, chunks, track);
    return [files.map(({ path }) => path), ended];
  };
  const chunks = [
    done('chunk-00000', '480p', '720p'),
    task('chunk-00001', { state: 'running' }),
    done('chunk-00002', '480p', '720p'),
    done('audio-00000', 'audio'),
    task('audio-00001', { state: 'failed' }),
  ];

  it('is what comes before the first that is missing', () => {
    expect(paths(chunks, '720p')).toEqual([['hls/720p/00000.mp4'], false]);
    expect(paths(chunks, 'audio')).toEqual([['hls/audio/00000.mp4'], false]);
    expect(paths([], '480p')).toEqual([[], false]);
    expect(endedChunks(chunks)).toBe(4);
  });

  it('is all when none is missing', () => {
    const all = [done('chunk-00001', '480p', '720p'), ...chunks.filter(({ state }) => state === 'succeeded')];
    expect(paths(all, '480p')).toEqual([
      ['hls/480p/00000.mp4', 'hls/480p/00001.mp4', 'hls/480p/00002.mp4'],
      true,
    ]);
    expect(committedFiles({ ...CHUNKS, audio: null }, [], 'audio')).toEqual({ files: [], ended: true });
  });
});
