import { describe, expect, it } from 'vitest';
import { fragmentHeader } from '../../shared/core/mp4/fragment.ts';
import { frameTiming } from '../../shared/core/mp4/frame-timing.ts';
import { keyframeRanges } from '../../shared/core/mp4/keyframe-ranges.ts';
import { parseMediaHead, writeMediaHead } from '../../shared/core/mp4/media-head.ts';
import { readBoxes } from '../../shared/core/mp4/read-boxes.ts';
import { pictureOf, soundOf } from '../helpers/media-index.ts';

const PICTURE = pictureOf(150, [3, 2], { shifts: Int16Array.of(0, 1, -1, 0, 0) });
const SOUND = soundOf(300, [2, 1], { lastDuration: 400 });
/** Ten hours in, in units of a fine timescale: beyond 32 bits. */
const LATE = pictureOf(36_000 * 25, [1], { start: 36_000 * 240_000, timescale: 240_000 });

describe('the head of a media file', () => {
  it.each([
    ['picture', PICTURE],
    ['sound that ends within a packet', SOUND],
    ['a piece that begins late', LATE],
  ])('says all that is written of %s', (_name, index) => {
    const head = writeMediaHead(index);
    expect(head.length).toBe(index.mediaOffset);
    expect(readBoxes(head).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'uuid']);
    expect(parseMediaHead(head)).toEqual(index);
    const more = Buffer.concat([head, fragmentHeader(index, 0)]);
    expect(parseMediaHead(more)).toEqual(index);
  });

  it('holds the packets that lead into the sound of a job', () => {
    const led = soundOf(0, [4], { priming: Uint32Array.of(3, 2) });
    const head = writeMediaHead(led, Uint8Array.of(1, 2, 3, 4, 5));
    expect(head.length).toBe(led.mediaOffset);
    expect(led.fragments[0]?.offset).toBe(led.mediaOffset);
    expect(Buffer.from(head.subarray(-13)).toString('hex')).toBe('0000000d66726565' + '0102030405');
    expect(parseMediaHead(head)).toEqual(led);
    expect(() => parseMediaHead(head.subarray(0, -1))).toThrow(
      expect.objectContaining({ code: 'output.invalid' }),
    );
    expect(() => writeMediaHead(led)).toThrow(RangeError);
  });

  it('is refused wherever it is cut off', () => {
    const head = writeMediaHead(PICTURE);
    for (let length = 0; length < head.length; length += 1) {
      expect(() => parseMediaHead(head.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'output.invalid' }),
      );
    }
  });

  it('never takes long or much, and fails as it should, whatever byte is wrong', () => {
    const head = writeMediaHead(PICTURE);
    for (const [place, byte] of head.entries()) {
      const damaged = Uint8Array.from(head);
      damaged[place] = byte ^ 0xff;
      try {
        expect(parseMediaHead(damaged).sizes.length).toBe(PICTURE.sizes.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'output.invalid' });
      }
    }
  });
});

describe('fragments', () => {
  it('lie one after another, each with a header as long as announced', () => {
    expect(PICTURE.fragments).toEqual([
      { first: 0, samples: 3, offset: PICTURE.mediaOffset, headerBytes: 132, bytes: 132 + 303 },
      { first: 3, samples: 2, offset: PICTURE.mediaOffset + 435, headerBytes: 124, bytes: 124 + 207 },
    ]);
    expect(PICTURE.bytes).toBe(PICTURE.mediaOffset + 435 + 331);
    for (const index of [PICTURE, SOUND, LATE]) {
      for (const [number, { headerBytes }] of index.fragments.entries()) {
        expect(fragmentHeader(index, number)).toHaveLength(headerBytes);
      }
    }
  });

  it('are decoded two frames ahead of what is shown', () => {
    expect(Buffer.from(fragmentHeader(PICTURE, 0)).toString('hex')).toBe(
      [
        ['0000007c', '6d6f6f66'],
        ['00000010', '6d666864', '00000000', '00000001'],
        ['00000064', '74726166'],
        ['00000018', '74666864', '00020028', '00000001', '000003e8', '01010000'],
        ['00000014', '74666474', '01000000', '0000000000024220'],
        ['00000030', '7472756e', '00000a05', '00000003', '00000084', '02000000'],
        ['00000064', '000007d0', '00000065', '00000bb8', '00000066', '000003e8'],
        ['00000137', '6d646174'],
      ]
        .flat()
        .join(''),
    );
  });

  it('say the length of the last packet where it is another', () => {
    expect(Buffer.from(fragmentHeader(SOUND, 1)).toString('hex')).toBe(
      [
        ['00000068', '6d6f6f66'],
        ['00000010', '6d666864', '00000000', '00000002'],
        ['00000050', '74726166'],
        ['00000018', '74666864', '00020028', '00000001', '00000400', '02000000'],
        ['00000014', '74666474', '01000000', '000000000004b800'],
        ['0000001c', '7472756e', '00000301', '00000001', '00000070', '00000190', '0000000a'],
        ['00000012', '6d646174'],
      ]
        .flat()
        .join(''),
    );
  });

  it('show a keyframe with their header and first frame', () => {
    const [first, second] = PICTURE.fragments.map(({ offset }) => offset);
    expect(keyframeRanges(PICTURE, 'hls/480p/00001.mp4')).toEqual([
      { path: 'hls/480p/00001.mp4', offset: first, bytes: 132 + 100, seconds: 0.12 },
      { path: 'hls/480p/00001.mp4', offset: second, bytes: 124 + 103, seconds: 0.08 },
    ]);
    expect(keyframeRanges(SOUND, 'hls/audio/00001.mp4')).toEqual([]);
  });
});

describe('the units of time', () => {
  it.each([
    [
      { num: 25, den: 1 },
      { timescale: 25_000, duration: 1000 },
    ],
    [
      { num: 30_000, den: 1001 },
      { timescale: 30_000, duration: 1001 },
    ],
    [
      { num: 15, den: 2 },
      { timescale: 15_000, duration: 2000 },
    ],
    [
      { num: 2997, den: 100 },
      { timescale: 2997, duration: 100 },
    ],
  ])('of %o are whole for each frame', (rate, timing) => {
    expect(frameTiming(rate)).toEqual(timing);
  });

  it.each([
    { num: 0, den: 1 },
    { num: 25, den: 0 },
    { num: 5e9, den: 1 },
  ])('are refused of %o', (rate) => {
    expect(() => frameTiming(rate)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });
});
