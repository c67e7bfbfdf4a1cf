import { describe, expect, it } from 'vitest';
import { interleave, type PlacedIndex } from '../../shared/core/mp4/interleave.ts';
import type { MediaIndex } from '../../shared/core/mp4/media-index.ts';
import { readMovieTrack } from '../../shared/core/mp4/movie-track.ts';
import { progressiveLayout } from '../../shared/core/mp4/progressive-layout.ts';
import { findBox } from '../../shared/core/mp4/read-boxes.ts';
import { AVC_ENTRY, pictureOf, soundOf } from '../helpers/media-index.ts';

const place = (track: string, files: readonly MediaIndex[]): PlacedIndex[] =>
  files.map((index, number) => ({ path: `${track}/${number}`, index }));
/** Three GOPs of 0.2 s in two files: packets of sound begin in them at 0-9, 10-18 and 19-28. */
const PICTURE = place('v', [
  pictureOf(0, [5, 5]),
  pictureOf(10, [5], { shifts: Int16Array.of(0, 2, -1, -1, 0) }),
]);
/** Thirty packets in two files, of which the second has one segment. */
const SOUND = place('a', [soundOf(0, [8, 8]), soundOf(16, [14], { lastDuration: 24 })]);

/** What is in a fragment, from one of its samples on. */
function media(
  placed: PlacedIndex | undefined,
  fragment: number,
  skipped = 0,
): { path: string; offset: number } {
  const found = placed?.index.fragments[fragment];
  if (!placed || !found) throw new Error('no such fragment');
  return { path: placed.path, offset: found.offset + found.headerBytes + skipped };
}

const ALL = [
  { ...media(PICTURE[0], 0), bytes: 510 },
  { ...media(SOUND[0], 0), bytes: 80 },
  { ...media(SOUND[0], 1), bytes: 20 },
  { ...media(PICTURE[0], 1), bytes: 535 },
  { ...media(SOUND[0], 1, 20), bytes: 60 },
  { ...media(SOUND[1], 0), bytes: 30 },
  { ...media(PICTURE[1], 0), bytes: 510 },
  { ...media(SOUND[1], 0, 30), bytes: 100 },
  { ...media(SOUND[1], 0, 130), bytes: 10 },
];

describe('the media of a progressive file', () => {
  it('are GOPs, each with the sound that begins in its time', () => {
    const { pieces, chunks } = interleave({ picture: PICTURE, sound: SOUND, complete: true });
    expect(pieces).toEqual(ALL);
    expect(chunks).toEqual([
      { kind: 'picture', samples: 5, bytes: 510 },
      { kind: 'sound', samples: 10, bytes: 100 },
      { kind: 'picture', samples: 5, bytes: 535 },
      { kind: 'sound', samples: 9, bytes: 90 },
      { kind: 'picture', samples: 5, bytes: 510 },
      { kind: 'sound', samples: 10, bytes: 100 },
      { kind: 'sound', samples: 1, bytes: 10 },
    ]);
  });

  it.each([
    ['no sound yet', 2, 0, 1],
    ['the first file of each', 1, 1, 4],
    ['all of the picture', 2, 1, 4],
    ['all of the sound', 1, 2, 6],
    ['all of both', 2, 2, 8],
  ])('begin as they will be, with %s', (_name, pictures, sounds, pieces) => {
    const some = { picture: PICTURE.slice(0, pictures), sound: SOUND.slice(0, sounds), complete: false };
    expect(interleave(some).pieces).toEqual(ALL.slice(0, pieces));
  });

  it('begin with the packets that lead into the sound, before its first', () => {
    const led = place('a', [soundOf(0, [8, 8], { priming: Uint32Array.of(7) }), soundOf(16, [14])]);
    const lead = { path: 'a/0', offset: (led[0]?.index.mediaOffset ?? 0) - 7, bytes: 7 };
    for (const [files, complete] of [
      [led, true],
      [led.slice(0, 1), false],
    ] as const) {
      const { pieces, chunks } = interleave({ picture: PICTURE, sound: files, complete });
      expect(pieces[1]).toEqual(lead);
      expect(chunks[1]).toEqual({ kind: 'sound', samples: 11, bytes: 107 });
    }
    const layout = progressiveLayout({ picture: PICTURE, sound: led });
    const moov = findBox(layout.head().subarray(0, -8), 'moov')?.body ?? new Uint8Array();
    const { zero, samples } = readMovieTrack(moov, 'sound', layout.totalBytes);
    expect(zero).toBe(1024);
    expect(samples.sizes).toEqual(Uint32Array.of(7, ...new Array<number>(30).fill(10)));
  });

  it('are the GOPs alone where there is no sound', () => {
    const gops = ALL.filter(({ path }) => path.startsWith('v/'));
    expect(interleave({ picture: PICTURE, sound: null, complete: false }).pieces).toEqual(gops);
    expect(progressiveLayout({ picture: PICTURE, sound: null }).pieces).toEqual(gops);
  });

  it.each([
    ['leave a gap', [pictureOf(0, [5]), pictureOf(6, [5])]],
    ['overlap', [pictureOf(0, [5]), pictureOf(4, [5])]],
    ['do not begin at time 0', [pictureOf(5, [5])]],
    ['are of two sizes', [pictureOf(0, [5]), pictureOf(5, [5], { width: 162 })]],
    ['are of two configurations', [pictureOf(0, [5]), pictureOf(5, [5], { entry: AVC_ENTRY.with(90, 1) })]],
    ['are of two kinds', [soundOf(0, [5]), pictureOf(0, [5], { start: 5 * 1024 })]],
    ['end within a packet', [soundOf(0, [5], { lastDuration: 100 }), soundOf(0, [5], { start: 4196 })]],
    ['lead in twice', [soundOf(0, [5]), soundOf(5, [5], { priming: Uint32Array.of(7) })]],
    ['are none', []],
  ])('are refused where files %s', (_name, files) => {
    const { kind } = files[0] ?? { kind: 'picture' };
    const placed = place('x', files);
    const tracks =
      kind === 'picture' ? { picture: placed, sound: null } : { picture: PICTURE, sound: placed };
    expect(() => progressiveLayout(tracks)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });
});

describe('the index of a progressive file', () => {
  const layout = progressiveLayout({ picture: PICTURE, sound: SOUND });

  it('finds every sample, at its time', () => {
    const head = layout.head();
    expect([layout.headBytes, layout.totalBytes]).toEqual([head.length, head.length + 1855]);
    const moov = findBox(head.subarray(0, -8), 'moov')?.body ?? new Uint8Array();
    const picture = readMovieTrack(moov, 'picture', layout.totalBytes);
    const at = layout.headBytes;
    const sizes = [100, 101, 102, 103, 104];
    expect(picture).toEqual({
      entry: { kind: 'picture', codecs: 'avc1.64001f', bytes: AVC_ENTRY },
      ...{ width: 160, height: 120, timescale: 25_000, zero: 1000 },
      samples: {
        sizes: Uint32Array.of(...sizes, 105, 106, 107, 108, 109, ...sizes),
        offsets: Float64Array.of(
          ...[at, at + 100, at + 201, at + 303, at + 406],
          ...[at + 610, at + 715, at + 821, at + 928, at + 1036],
          ...[at + 1235, at + 1335, at + 1436, at + 1538, at + 1641],
        ),
        durations: new Uint32Array(15).fill(1000),
        compositions: Int32Array.of(...new Array<number>(10).fill(1000), 1000, 3000, 0, 0, 1000),
        keys: Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0),
      },
    });
    const { samples, zero } = readMovieTrack(moov, 'sound', layout.totalBytes);
    expect(zero).toBeNull();
    expect(samples.durations).toEqual(new Uint32Array(30).fill(1024).with(29, 24));
    expect([...samples.offsets].filter((_, packet) => [0, 9, 10, 18, 19, 29].includes(packet))).toEqual(
      [510, 600, 1145, 1225, 1745, 1845].map((place) => at + place),
    );
  });

  it('has places of 64 bits where the file is longer than 4 GiB, and they are right', () => {
    const large = (first: number) => pictureOf(first, [2, 2], { sizes: new Uint32Array(4).fill(2 ** 30) });
    const { head, headBytes, totalBytes } = progressiveLayout({
      picture: place('v', [large(0), large(4)]),
      sound: null,
    });
    expect(totalBytes).toBe(headBytes + 2 ** 33);
    const moov = findBox(head().subarray(0, -16), 'moov')?.body ?? new Uint8Array();
    expect([...readMovieTrack(moov, 'picture', totalBytes).samples.offsets]).toEqual(
      Array.from({ length: 8 }, (_, frame) => headBytes + frame * 2 ** 30),
    );
  });

  it('is made of six hours of picture and sound', () => {
    const chunks = 1080;
    const pictures = Array.from({ length: chunks }, (_, chunk) =>
      pictureOf(chunk * 600, new Array<number>(10).fill(60), {
        ...{ timescale: 30_000, start: chunk * 600_000 },
        shifts: Int16Array.from({ length: 600 }, (_, frame) => [0, 2, -1, -1][frame % 4] ?? 0),
      }),
    );
    const packets = Math.ceil((chunks * 20 * 48_000) / 1024);
    const whole = progressiveLayout({
      picture: place('v', pictures),
      sound: place('a', [soundOf(0, [packets])]),
    });
    const moov = findBox(whole.head().subarray(0, -8), 'moov')?.body ?? new Uint8Array();
    const { samples } = readMovieTrack(moov, 'picture', whole.totalBytes);
    expect([samples.sizes.length, samples.keys.reduce((sum, key) => sum + key, 0)]).toEqual([
      648_000, 10_800,
    ]);
    expect(whole.headBytes).toBeLessThan(20 * 2 ** 20);
  });
});
