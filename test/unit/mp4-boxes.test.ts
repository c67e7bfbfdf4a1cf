import { describe, expect, it } from 'vitest';
import { concat, u8, u32, u64 } from '../../shared/core/mp4/bytes.ts';
import { findBox, readBoxes, readBoxHeader } from '../../shared/core/mp4/read-boxes.ts';
import { readSampleEntry, sampleDescription } from '../../shared/core/mp4/sample-entry.ts';
import { box, fullBox } from '../../shared/core/mp4/write-box.ts';
import { AAC_ENTRY, AVC_ENTRY } from '../helpers/media-index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const from = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

describe('boxes', () => {
  it('are written with their length, and their version and flags', () => {
    expect(hex(box('free', u8(1, 2)))).toBe('0000000a667265650102');
    expect(hex(fullBox('tfdt', 1, 0x20008, u64(2 ** 40)))).toBe('0000001474666474010200080000010000000000');
  });

  it('are found below one another', () => {
    const bytes = concat([box('free'), box('moov', box('trak', box('edts', u8(7))))]);
    expect(readBoxes(bytes).map(({ type }) => type)).toEqual(['free', 'moov']);
    expect(findBox(bytes, 'moov', 'trak', 'edts')?.body).toEqual(u8(7));
    expect(findBox(bytes, 'moov', 'mvex', 'trex')).toBeUndefined();
  });

  it('may have 64 bits for their length, or reach to the end', () => {
    expect(readBoxHeader(from('000000016d64617400000002000000ff'), 2 ** 40)).toEqual({
      type: 'mdat',
      headerBytes: 16,
      bytes: 2 ** 33 + 255,
    });
    expect(readBoxHeader(from('000000006d646174'), 1234)).toEqual({
      type: 'mdat',
      headerBytes: 8,
      bytes: 1234,
    });
  });

  it.each([
    ['shorter than its header', '000000076672656500'],
    ['longer than what holds it', '0000000966726565'],
    ['cut off', '00000008667265'],
    ['of 64 bits and cut off', '000000016d646174000000'],
    ['of a length beyond all numbers', '000000016d646174ffffffffffffffff'],
  ])('are refused where one is %s', (_name, bytes) => {
    expect(() => readBoxes(from(bytes))).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });

  it('are refused where one of them should be alone', () => {
    const twice = concat([box('moov'), box('moov')]);
    expect(() => findBox(twice, 'moov')).toThrow(/more than one moov/);
  });
});

describe('a sample entry', () => {
  const description = (...entries: Uint8Array[]) => concat([u32(0, entries.length), ...entries]);

  it('tells its codec, and is taken over as it is', () => {
    expect(readSampleEntry(description(AVC_ENTRY))).toEqual({
      kind: 'picture',
      codecs: 'avc1.64001f',
      bytes: AVC_ENTRY,
    });
    expect(readSampleEntry(description(AAC_ENTRY))).toEqual({
      kind: 'sound',
      codecs: 'mp4a.40.2',
      bytes: AAC_ENTRY,
    });
    expect(readSampleEntry(sampleDescription(AVC_ENTRY).subarray(8)).bytes).toEqual(AVC_ENTRY);
  });

  it('loses what it says of bit rates', () => {
    const colour = box('colr', u8(1, 2, 3));
    const rates = box('btrt', u32(1, 2, 3));
    const fixed = new Uint8Array(78);
    const config = box('avcC', u8(1, 0x64, 0, 0x1f));
    expect(readSampleEntry(description(box('avc1', fixed, config, colour, rates))).bytes).toEqual(
      box('avc1', fixed, config, colour),
    );
    const loud = Uint8Array.from(AAC_ENTRY);
    const at = Buffer.from(loud).indexOf(u8(0x40, 0x15)) + 2;
    loud.fill(9, at, at + 11);
    expect(readSampleEntry(description(loud)).bytes).toEqual(AAC_ENTRY);
  });

  it.each([
    ['there are two', description(AVC_ENTRY, AVC_ENTRY)],
    ['there is none', description()],
    ['it is of another codec', description(box('hev1', new Uint8Array(78)))],
    ['it lacks its configuration', description(box('avc1', new Uint8Array(78)))],
    ['it is too short', description(box('avc1', new Uint8Array(70)))],
    ['its configuration is cut off', description(box('avc1', new Uint8Array(78), box('avcC', u8(1, 2))))],
    [
      'its description is no descriptor',
      description(box('mp4a', new Uint8Array(28), box('esds', u32(0, 0)))),
    ],
    [
      'a descriptor is longer than all',
      description(box('mp4a', new Uint8Array(28), box('esds', u32(0), u8(3, 0xff, 0xff, 0xff, 0x7f, 0, 0)))),
    ],
  ])('is refused where %s', (_name, bytes) => {
    expect(() => readSampleEntry(bytes)).toThrow(expect.objectContaining({ code: 'output.invalid' }));
  });
});
