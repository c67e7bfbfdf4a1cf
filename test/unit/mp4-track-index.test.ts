import { describe, expect, it } from 'vitest';
import type { MovieTrack } from '../../shared/core/mp4/movie-track.ts';
import { type PictureGrid, pictureIndex } from '../../shared/core/mp4/picture-index.ts';
import type { TrackKind } from '../../shared/core/mp4/sample-entry.ts';
import { type SoundGrid, soundIndex } from '../../shared/core/mp4/sound-index.ts';
import { AAC_ENTRY, AVC_ENTRY } from '../helpers/media-index.ts';

interface Sample {
  readonly duration: number;
  readonly composition?: number;
  readonly key?: boolean;
}

function track(
  kind: TrackKind,
  timescale: number,
  samples: readonly Sample[],
  zero: number | null,
): MovieTrack {
  const isPicture = kind === 'picture';
  return {
    entry: { kind, codecs: 'codecs', bytes: isPicture ? AVC_ENTRY : AAC_ENTRY },
    ...(isPicture ? { width: 160, height: 120 } : { width: 0, height: 0 }),
    ...{ timescale, zero },
    samples: {
      sizes: Uint32Array.from(samples, (_, place) => 10 + place),
      offsets: Float64Array.from(samples, (_, place) => 1000 * place),
      durations: Uint32Array.from(samples, ({ duration }) => duration),
      compositions: Int32Array.from(samples, ({ composition }) => composition ?? 0),
      keys: Uint8Array.from(samples, ({ key }) => (key ? 1 : 0)),
    },
  };
}

const GRID: PictureGrid = { frameRate: { num: 24, den: 1 }, gopFrames: 4, firstFrame: 48 };
/** Two GOPs of 24 frames a second in ffmpeg's units, in decoding order I P B B. */
const FRAMES: readonly Sample[] = [0, 1, 2, 3, 4, 5].map((frame) => ({
  duration: 512,
  composition: [1024, 2048, 512, 512, 1024, 1024][frame] ?? 0,
  key: frame % 4 === 0,
}));
const changed = (place: number, change: Partial<Sample>) =>
  FRAMES.map((frame, at) => (at === place ? { ...frame, ...change } : frame));
const picture = (samples: readonly Sample[], zero: number | null = 1024, timescale = 12_288) =>
  pictureIndex(track('picture', timescale, samples, zero), GRID);

describe('the frames of a picture', () => {
  it('get their places on the grid', () => {
    expect(picture(FRAMES)).toMatchObject({
      ...{ kind: 'picture', entry: AVC_ENTRY, width: 160, height: 120 },
      ...{ timescale: 24_000, start: 48_000, sampleDuration: 1000, lastDuration: 1000 },
      sizes: Uint32Array.of(10, 11, 12, 13, 14, 15),
      shifts: Int16Array.of(0, 2, -1, -1, 0, 0),
      fragments: [
        { first: 0, samples: 4 },
        { first: 4, samples: 2 },
      ],
    });
  });

  it('may have an edit list or none, and times that are rounded', () => {
    expect(picture(FRAMES, null).shifts).toEqual(Int16Array.of(0, 2, -1, -1, 0, 0));
    const milliseconds = [42, 41, 42, 42, 41, 42].map((duration, at) => ({
      duration,
      composition: [83, 166, 42, 42, 84, 83][at] ?? 0,
      key: at % 4 === 0,
    }));
    expect(picture(milliseconds, 83, 1000).shifts).toEqual(Int16Array.of(0, 2, -1, -1, 0, 0));
  });

  it.each([
    ['a frame is missing', changed(3, { duration: 1024 })],
    ['two frames are shown at once', changed(3, { composition: 1024 })],
    ['a frame lies between two places', changed(3, { composition: 768 })],
    ['a GOP does not begin with a keyframe', changed(4, { key: false })],
    ['a GOP shows a frame of the next', changed(3, { composition: 1024 + 512 })],
    ['they are of another rate', FRAMES.map((frame) => ({ ...frame, duration: 600 }))],
  ])('are refused where %s', (_name, samples) => {
    expect(() => picture(samples)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });

  it.each([
    ['open', [0, 1, 2, 3, 5, 4, 6, 7], /presented first|open/],
    ['decoded far from its place', Array.from({ length: 40 }, (_, at) => (at + 39) % 40), /far|first/],
  ])('are refused where a GOP is %s', (_name, order, message) => {
    const samples = order.map((place, at) => ({
      duration: 512,
      composition: (place - at + 40) * 512,
      key: at % 4 === 0,
    }));
    expect(() => picture(samples, null)).toThrow(message);
  });

  it.each([
    ['later', 2048],
    ['earlier', 0],
  ])('are refused where the edit list begins %s', (_name, zero) => {
    expect(() => picture(FRAMES, zero)).toThrow(/time 0/);
  });
});

const SOUND: SoundGrid = {
  ...{ sampleRate: 48_000, firstPacket: 0, dropPackets: 'priming', packets: null },
  segmentSeconds: 0.1,
};
const packets = (count: number, last = 1024) =>
  Array.from({ length: count }, (_, at) => ({ duration: at === count - 1 ? last : 1024 }));
const sound = (samples: readonly Sample[], zero: number | null, grid: Partial<SoundGrid> = {}) =>
  soundIndex(track('sound', 48_000, samples, zero), { ...SOUND, ...grid });
const lengths = ({ index }: ReturnType<typeof sound>) => index.fragments.map(({ samples }) => samples);

describe('the packets of sound', () => {
  it('begin with the one nearest to time 0, in segments that end at the nearest packet', () => {
    const made = sound(packets(13, 300), 1024);
    expect(made.index).toMatchObject({
      ...{ kind: 'sound', entry: AAC_ENTRY, timescale: 48_000, start: 0 },
      ...{ sampleDuration: 1024, lastDuration: 300, shifts: new Int16Array(12) },
      sizes: Uint32Array.from({ length: 12 }, (_, at) => 11 + at),
    });
    expect(made.offsets).toEqual(Float64Array.from({ length: 12 }, (_, at) => 1000 + 1000 * at));
    // 0.1 s are 4.69 packets: boundaries at 5, 9, 14.
    expect(lengths(made)).toEqual([5, 4, 3]);
  });

  it.each([
    ['no edit list', null, 13],
    ['an edit within the first packet', 500, 13],
    ['an edit within the third packet', 2112, 11],
    ['a short pause', -500, 13],
  ])('are so many with %s', (_name, zero, kept) => {
    expect(sound(packets(13), zero).index.sizes).toHaveLength(kept);
  });

  it('of a piece go on where its place is', () => {
    const made = sound(packets(13, 300), null, { firstPacket: 7, dropPackets: 2, packets: 8 });
    expect(made.index).toMatchObject({ start: 7 * 1024, lastDuration: 1024, sizes: { length: 8 } });
    expect(lengths(made)).toEqual([2, 5, 1]);
  });

  it('are cut at the same places in one piece and in many', () => {
    const cut = (firstPacket: number, count: number) => {
      let end = firstPacket;
      return lengths(sound(packets(count), null, { firstPacket })).map((length) => (end += length));
    };
    const whole = cut(0, 400);
    const inPieces = Array.from({ length: 40 }, (_, piece) => cut(piece * 10, 10)).flat();
    expect(
      [...new Set([...whole, ...Array.from({ length: 40 }, (_, piece) => piece * 10 + 10)])].sort(
        (a, b) => a - b,
      ),
    ).toEqual(inPieces);
  });

  it.each([
    ['a gap lies between them', [...packets(5), { duration: 2048 }, ...packets(5)], 0, {}],
    ['they overlap', [...packets(5), { duration: 1 }, ...packets(5)], 0, {}],
    ['they begin late', packets(5), -1024, {}],
    ['none is left', packets(5), 0, { dropPackets: 5 }],
    ['they have another rate', packets(5), 0, { sampleRate: 44_100 }],
  ])('are refused where %s', (_name, samples, zero, grid) => {
    expect(() => sound(samples, zero, grid)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });
});
