import { describe, expect, it } from 'vitest';
import { concat, u32, u64 } from '../../shared/core/mp4/bytes.ts';
import { readSampleTable } from '../../shared/core/mp4/sample-table.ts';
import { fullBox } from '../../shared/core/mp4/write-box.ts';

/** Five samples in chunks of two, two and one. */
const TABLES = {
  stsz: fullBox('stsz', 0, 0, u32(0, 5, 10, 20, 30, 40, 50)),
  stts: fullBox('stts', 0, 0, u32(2, 4, 512, 1, 100)),
  ctts: fullBox('ctts', 1, 0, u32(2, 1, 1024, 4, 0xffff_fe00)),
  stss: fullBox('stss', 0, 0, u32(2, 1, 4)),
  stsc: fullBox('stsc', 0, 0, u32(2, 1, 2, 1, 3, 1, 1)),
  stco: fullBox('stco', 0, 0, u32(3, 100, 200, 900)),
};
const FILE_BYTES = 950;
const read = (changes: Partial<Record<keyof typeof TABLES | 'co64', Uint8Array>>, bytes = FILE_BYTES) =>
  readSampleTable(concat(Object.values({ ...TABLES, ...changes })), bytes);
const NONE = new Uint8Array();

describe('a sample table', () => {
  it('gives each sample its size, place, times and whether it is a keyframe', () => {
    expect(read({})).toEqual({
      sizes: Uint32Array.of(10, 20, 30, 40, 50),
      offsets: Float64Array.of(100, 110, 200, 230, 900),
      durations: Uint32Array.of(512, 512, 512, 512, 100),
      compositions: Int32Array.of(1024, -512, -512, -512, -512),
      keys: Uint8Array.of(1, 0, 0, 1, 0),
    });
  });

  it('may have one size for all, places of 64 bits, and nothing but keyframes', () => {
    const far = 2 ** 40;
    const co64 = fullBox('co64', 0, 0, u32(3), u64(far), u64(100), u64(50));
    const stsz = fullBox('stsz', 0, 0, u32(7, 5));
    expect(read({ stsz, co64, stco: NONE, ctts: NONE, stss: NONE }, far + 100)).toEqual({
      sizes: new Uint32Array(5).fill(7),
      offsets: Float64Array.of(far, far + 7, 100, 107, 50),
      durations: Uint32Array.of(512, 512, 512, 512, 100),
      compositions: new Int32Array(5),
      keys: new Uint8Array(5).fill(1),
    });
  });

  it.each([
    ['lacks its sizes', { stsz: NONE }],
    ['has sizes for more samples than are there', { stsz: fullBox('stsz', 0, 0, u32(0, 0xffff_ffff, 1)) }],
    ['has four thousand million samples of one size', { stsz: fullBox('stsz', 0, 0, u32(1, 0xffff_ffff)) }],
    ['has no sample', { stsz: fullBox('stsz', 0, 0, u32(0, 0)) }],
    ['has samples larger than the file', { stsz: fullBox('stsz', 0, 0, u32(1000, 5)) }],
    ['has times for more samples', { stts: fullBox('stts', 0, 0, u32(1, 0xffff_ffff, 1)) }],
    ['has times for fewer samples', { stts: fullBox('stts', 0, 0, u32(1, 4, 1)) }],
    ['has more times than bytes', { stts: fullBox('stts', 0, 0, u32(0xffff_ffff)) }],
    ['has a keyframe that is no sample', { stss: fullBox('stss', 0, 0, u32(1, 6)) }],
    ['has a keyframe before the first', { stss: fullBox('stss', 0, 0, u32(1, 0)) }],
    ['has chunks with more samples', { stsc: fullBox('stsc', 0, 0, u32(1, 1, 0xffff_ffff, 1)) }],
    ['has chunks with fewer samples', { stsc: fullBox('stsc', 0, 0, u32(1, 1, 1, 1)) }],
    ['has chunks that begin late', { stsc: fullBox('stsc', 0, 0, u32(1, 2, 2, 1)) }],
    ['has chunks out of order', { stsc: fullBox('stsc', 0, 0, u32(3, 1, 2, 1, 3, 1, 1, 2, 1, 1)) }],
    ['has chunks of another entry', { stsc: fullBox('stsc', 0, 0, u32(1, 1, 2, 2)) }],
    ['has a sample beyond the end', { stco: fullBox('stco', 0, 0, u32(3, 100, 200, 901)) }],
    ['has a place beyond all numbers', { stco: NONE, co64: fullBox('co64', 0, 0, u32(1, 0xffff_ffff, 0)) }],
  ])('is refused where it %s', (_name, changes) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });
});
