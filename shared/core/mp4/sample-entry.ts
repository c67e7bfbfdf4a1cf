import { concat, u32 } from './bytes.ts';
import { FieldReader } from './field-reader.ts';
import { invalidMedia } from './invalid-media.ts';
import { type Box, needBox, readBoxes } from './read-boxes.ts';
import { box } from './write-box.ts';

export type TrackKind = 'picture' | 'sound';

export interface SampleEntry {
  readonly kind: TrackKind;
  /** RFC 6381. */
  readonly codecs: string;
  /** The box, without what it says of bit rates. */
  readonly bytes: Uint8Array;
}

/** Bytes of the fields before the boxes: ISO/IEC 14496-12, sections 12.1.3 and 12.2.3. */
const PICTURE_FIELDS = 78;
const SOUND_FIELDS = 28;
/** Bit rates and buffer size of a DecoderConfigDescriptor. */
const RATE_FIELDS = 11;
/** Tags of ISO/IEC 14496-1, section 7.2.2.1. */
const ES_DESCRIPTOR = 3;
const DECODER_CONFIG = 4;
const DECODER_SPECIFIC_INFO = 5;
const ESCAPED_OBJECT_TYPE = 31;

/**
 * Reads the one entry of an `stsd`: H.264, or AAC. All of it is taken over but the bit rates, which pieces of one track
 * would not have in common.
 */
export function readSampleEntry(stsd: Uint8Array): SampleEntry {
  const fields = new FieldReader(stsd);
  if (fields.skip(4).u32() !== 1) throw invalidMedia('there is not exactly one sample entry');
  const [entry, ...others] = readBoxes(fields.bytes(fields.left));
  if (entry === undefined || others.length > 0) throw invalidMedia('there is not exactly one sample entry');
  if (entry.type === 'avc1') return pictureEntry(entry);
  if (entry.type === 'mp4a') return soundEntry(entry);
  throw invalidMedia('it is neither H.264 nor AAC');
}

function pictureEntry(entry: Box): SampleEntry {
  const { fixed, inner } = split(entry, PICTURE_FIELDS);
  const config = new FieldReader(needBox(concat(inner.map(({ bytes }) => bytes)), 'avcC').body).skip(1);
  const codecs = `avc1.${[config.u8(), config.u8(), config.u8()].map(hex).join('')}`;
  const kept = inner.filter(({ type }) => type !== 'btrt').map(({ bytes }) => bytes);
  return { kind: 'picture', codecs, bytes: box(entry.type, fixed, ...kept) };
}

function soundEntry(entry: Box): SampleEntry {
  const { fixed, inner } = split(entry, SOUND_FIELDS);
  const { objectType, bytes } = readEsds(needBox(concat(inner.map((each) => each.bytes)), 'esds').body);
  const kept = inner
    .filter(({ type }) => type !== 'btrt')
    .map((each) => (each.type === 'esds' ? box('esds', bytes) : each.bytes));
  return { kind: 'sound', codecs: `mp4a.40.${objectType}`, bytes: box(entry.type, fixed, ...kept) };
}

function split(entry: Box, fieldBytes: number): { fixed: Uint8Array; inner: readonly Box[] } {
  const reader = new FieldReader(entry.body);
  const fixed = reader.bytes(fieldBytes);
  return { fixed, inner: readBoxes(reader.bytes(reader.left)) };
}

interface Esds {
  readonly objectType: number;
  /** With bit rates of 0: not known. */
  readonly bytes: Uint8Array;
}

/** ISO/IEC 14496-14, section 5.6, and 14496-3, section 1.6.2.1. */
function readEsds(body: Uint8Array): Esds {
  const reader = new FieldReader(body).skip(4);
  descriptor(reader, ES_DESCRIPTOR);
  reader.skip(2);
  const flags = reader.u8();
  if (flags & 0xe0) throw invalidMedia('the sound depends on another stream');
  descriptor(reader, DECODER_CONFIG);
  if (reader.u8() !== 0x40) throw invalidMedia('the sound is not AAC');
  reader.skip(1);
  const ratesAt = body.length - reader.left;
  reader.skip(RATE_FIELDS);
  descriptor(reader, DECODER_SPECIFIC_INFO);
  const first = reader.u8();
  const objectType =
    first >> 3 === ESCAPED_OBJECT_TYPE ? 32 + ((first & 7) << 3) + (reader.u8() >> 5) : first >> 3;
  const bytes = Uint8Array.from(body);
  bytes.fill(0, ratesAt, ratesAt + RATE_FIELDS);
  return { objectType, bytes };
}

/** Goes into a descriptor, whose length must be there. */
function descriptor(reader: FieldReader, tag: number): void {
  if (reader.u8() !== tag) throw invalidMedia('the description of the sound is out of order');
  let length = 0;
  for (let digits = 0, more = true; more && digits < 4; digits += 1) {
    const byte = reader.u8();
    length = length * 128 + (byte & 127);
    more = byte > 127;
  }
  if (length > reader.left) throw invalidMedia('the description of the sound is cut off');
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** An `stsd` of one entry. */
export function sampleDescription(entry: Uint8Array): Uint8Array {
  return box('stsd', u32(0, 1), entry);
}
