import { describe, expect, it } from 'vitest';
import { announcesItsEnd, breaksOff } from '../../shared/core/breaks-off.ts';

/** A file of these bytes, of which `size` are said to be there. */
function ends(bytes: readonly number[], size = bytes.length) {
  const all = Uint8Array.from(bytes);
  return { size, head: all, tail: all };
}

const EBML = [0x1a, 0x45, 0xdf, 0xa3, 0x82, 0x42, 0x86];
const SEGMENT = [0x18, 0x53, 0x80, 0x67];
const segment = (...size: number[]) => [...EBML, ...SEGMENT, ...size];
const HEADER = EBML.length + SEGMENT.length;

describe('Matroska', () => {
  it.each([
    ['whole', segment(0x84), HEADER + 1 + 4, false],
    ['one byte short', segment(0x84), HEADER + 1 + 3, true],
    ['whole, size in eight bytes', segment(1, 0, 0, 0, 0, 0, 1, 2), HEADER + 8 + 258, false],
    ['cut, size in eight bytes', segment(1, 0, 0, 0, 0, 0, 1, 2), HEADER + 8 + 257, true],
    ['live, of open size', segment(0xff), 100, false],
    ['live, open in eight bytes', segment(1, 255, 255, 255, 255, 255, 255, 255), 100, false],
    ['something else', [1, 2, 3, 4, 5, 6], 6, false],
    ['hardly a header', EBML.slice(0, 5), 5, false],
  ])('%s', (_name, bytes, size, expected) => {
    expect(breaksOff('matroska,webm', ends(bytes, size))).toBe(expected);
  });
});

/** A page of these segments, each byte of which is 7. */
const page = (...lacing: number[]) => [
  ...[0x4f, 0x67, 0x67, 0x53, 0],
  ...Array.from({ length: 21 }, () => 0),
  lacing.length,
  ...lacing,
  ...lacing.flatMap((bytes) => Array.from({ length: bytes }, () => 7)),
];

describe('Ogg', () => {
  const whole = [...page(3), ...page(5, 6)];
  it.each([
    ['whole', whole, false],
    ['inside the last page', whole.slice(0, -1), true],
    ['inside its header', whole.slice(0, page(3).length + 10), true],
    ['after a page', page(3), false],
    ['with something behind', [...whole, 1, 2, 3], false],
    ['without a page', [1, 2, 3], false],
  ])('%s', (_name, bytes, expected) => {
    expect(breaksOff('ogg', ends(bytes))).toBe(expected);
  });
});

describe('MPEG program streams', () => {
  const pack = [0, 0, 1, 0xba, 0x44, ...Array.from({ length: 8 }, () => 4), 0xf8];
  const packet = [0, 0, 1, 0xe0, 0, 3, 9, 9, 9];
  it.each([
    ['whole', [5, 5, ...pack, ...packet], false],
    ['whole, of MPEG-1', [...pack.slice(0, 4), 0x21, ...pack.slice(5, 12), ...packet], false],
    ['with its end code', [...pack, ...packet, 0, 0, 1, 0xb9], false],
    ['inside a packet', [...pack, ...packet.slice(0, -1)], true],
    ['inside a packet header', [...pack, ...packet.slice(0, 5)], true],
    ['inside a pack header', pack.slice(0, 9), true],
    ['padded with zeros', [...pack, ...packet, 0, 0, 0, 0, 0, 0, 0, 0], false],
    ['without a pack', packet, false],
  ])('%s', (_name, bytes, expected) => {
    expect(breaksOff('mpeg', ends(bytes))).toBe(expected);
  });
});

it('knows which containers it can tell of', () => {
  const known = ['matroska,webm', 'ogg', 'mpeg', 'mpegts', 'avi', 'mov,mp4,m4a,3gp,3g2,mj2'].map(
    announcesItsEnd,
  );
  expect(known).toEqual([true, true, true, false, false, false]);
  expect(breaksOff('avi', ends([0, 0, 1, 0xba]))).toBe(false);
});
