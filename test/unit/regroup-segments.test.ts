import { describe, expect, it } from 'vitest';
import { regroupSegments } from '../../shared/core/hls/regroup-segments.ts';
import type { MediaIndex } from '../../shared/core/mp4/media-index.ts';

const BASE: MediaIndex = {
  kind: 'picture',
  codecs: 'avc1.64001f',
  entry: new Uint8Array(),
  width: 2,
  height: 2,
  timescale: 25_000,
  start: 0,
  sampleDuration: 1000,
  lastDuration: 1000,
  sizes: new Uint32Array(),
  shifts: new Int16Array(),
  fragments: [],
  headerBytes: 700,
  mediaOffset: 900,
  bytes: 0,
};

/** An index of fragments of so many samples, one byte more each. */
function indexOf(samples: readonly number[], fields: Partial<MediaIndex> = {}): MediaIndex {
  let first = 0;
  const fragments = samples.map((count, place) => {
    const fragment = { first, samples: count, offset: 0, headerBytes: 8, bytes: 100 + place };
    first += count;
    return fragment;
  });
  return { ...BASE, fragments, sizes: new Uint32Array(first), ...fields };
}

describe('segments of a file by its own index', () => {
  it.each<[string, MediaIndex, number, [number, number][]]>([
    [
      'three GOPs each, the rest in the last',
      indexOf([10, 10, 10, 10, 5]),
      30_000,
      [
        [303, 30_000],
        [207, 15_000],
      ],
    ],
    ['less than a segment', indexOf([10, 4]), 14_000, [[201, 14_000]]],
    ['one frame', indexOf([1]), 1000, [[100, 1000]]],
    ['no segment to go by', indexOf([10, 10]), Number.POSITIVE_INFINITY, [[201, 20_000]]],
    [
      'more than the other attempt has made',
      indexOf([10, 10, 10, 10]),
      20_000,
      [
        [201, 20_000],
        [205, 20_000],
      ],
    ],
    [
      'sound by its fragments, with the end of the last packet',
      indexOf([281, 282, 3], { kind: 'sound', sampleDuration: 1024, lastDuration: 400 }),
      281 * 1024,
      [
        [100, 281 * 1024],
        [101, 282 * 1024],
        [102, 2 * 1024 + 400],
      ],
    ],
  ])('%s', (_name, index, duration, expected) => {
    expect(regroupSegments(index, duration)).toEqual(
      expected.map(([bytes, length]) => ({ bytes, duration: length })),
    );
  });
});
