import { concat, sameBytes, u32, u64, written } from './bytes.ts';
import { leadFrames } from './decode-time.ts';
import { FieldReader } from './field-reader.ts';
import { layFragments } from './fragment.ts';
import { type InitFacts, initSection } from './init-section.ts';
import { invalidMedia } from './invalid-media.ts';
import { type MediaIndex, primingBytes } from './media-index.ts';
import { dimensions, timescaleOf } from './movie-track.ts';
import { type Box, needBox, readBoxHeader } from './read-boxes.ts';
import { readSampleEntry } from './sample-entry.ts';
import type { SampleFacts } from './sample-facts.ts';
import { box } from './write-box.ts';

/** Type of the `uuid` box with the index: 50c77f5a-0790-4ead-af08-057095ba043b. */
const INDEX_TYPE = u32(0x50c77f5a, 0x07904ead, 0xaf080570, 0x95ba043b);
const INDEX_VERSION = 1;

/** Lays out a media file whose fragments have so many samples each. */
export function composeIndex(sampleFacts: SampleFacts, samplesOfEach: readonly number[]): MediaIndex {
  const facts = { ...sampleFacts, leadFrames: leadFrames(sampleFacts.shifts) };
  const headerBytes = initSection(facts).length;
  const mediaOffset = headerBytes + indexBytes(facts, samplesOfEach.length) + primingBox(facts);
  const fragments = layFragments(facts, samplesOfEach, mediaOffset);
  const last = fragments.at(-1);
  const end = last === undefined ? mediaOffset : last.offset + last.bytes;
  return { ...facts, fragments, headerBytes, mediaOffset, bytes: end };
}

/**
 * All that stands before the first fragment: `mediaOffset` bytes.
 * @param lead The packets that lead in; none where the index has none.
 */
export function writeMediaHead(index: MediaIndex, lead: Uint8Array = new Uint8Array()): Uint8Array {
  const { kind, start, sampleDuration, lastDuration, sizes, priming, shifts, fragments } = index;
  if (lead.length !== primingBytes(index)) throw new RangeError(`${lead.length} bytes of priming`);
  const counts = u32(sampleDuration, lastDuration, fragments.length, sizes.length, priming.length);
  const tables = [
    table32(priming),
    table32(fragments.map(({ samples }) => samples)),
    table32(sizes),
    kind === 'picture' ? table16(shifts) : u32(),
  ];
  return concat([
    initSection(index),
    box('uuid', INDEX_TYPE, u32(INDEX_VERSION), u64(start), counts, ...tables),
    ...(priming.length === 0 ? [] : [box('free', lead)]),
  ]);
}

/**
 * Reads the head of a media file: its first `mediaOffset` bytes. More may follow.
 * @throws MillraceError `output.invalid` on anything that the writer would not have written
 */
export function parseMediaHead(bytes: Uint8Array): MediaIndex {
  const ftyp = nextBox(bytes, 0, 'ftyp');
  const moov = nextBox(bytes, ftyp.bytes.length, 'moov');
  const init = readInit(moov.body);
  const headerBytes = ftyp.bytes.length + moov.bytes.length;
  if (!sameBytes(initSection(init), bytes.subarray(0, headerBytes))) throw invalidMedia('its header is odd');
  const { facts, samplesOfEach } = readIndex(init, nextBox(bytes, headerBytes, 'uuid').body);
  const index = composeIndex(facts, samplesOfEach);
  if (facts.priming.length > 0) nextBox(bytes, index.mediaOffset - primingBox(facts), 'free');
  return index;
}

function nextBox(bytes: Uint8Array, at: number, type: string): Box {
  const rest = bytes.subarray(at);
  const header = readBoxHeader(rest, rest.length);
  if (header.type !== type) throw invalidMedia(`there is ${header.type} in place of ${type}`);
  return {
    type,
    bytes: rest.subarray(0, header.bytes),
    body: rest.subarray(header.headerBytes, header.bytes),
  };
}

function readInit(moov: Uint8Array): InitFacts & Pick<SampleFacts, 'codecs'> {
  const trak = needBox(moov, 'trak').body;
  const entry = readSampleEntry(needBox(trak, 'mdia', 'minf', 'stbl', 'stsd').body);
  return {
    kind: entry.kind,
    codecs: entry.codecs,
    entry: entry.bytes,
    ...dimensions(needBox(trak, 'tkhd').body),
    timescale: timescaleOf(needBox(trak, 'mdia', 'mdhd').body),
  };
}

function readIndex(
  init: ReturnType<typeof readInit>,
  body: Uint8Array,
): { readonly facts: SampleFacts; readonly samplesOfEach: readonly number[] } {
  const reader = new FieldReader(body);
  if (!sameBytes(reader.bytes(16), INDEX_TYPE) || reader.u32() !== INDEX_VERSION) {
    throw invalidMedia('its index is of another kind');
  }
  const start = reader.u64();
  const [sampleDuration, lastDuration, fragments, samples, leading] = [
    reader.u32(),
    reader.u32(),
    reader.u32(),
    reader.u32(),
    reader.u32(),
  ];
  const isPicture = init.kind === 'picture';
  if (reader.left !== (leading + fragments) * 4 + samples * (isPicture ? 6 : 4))
    throw invalidMedia('its index is cut off');
  if (samples === 0 || sampleDuration === 0 || lastDuration === 0) throw invalidMedia('it has no samples');
  const priming = Uint32Array.from({ length: leading }, () => reader.u32());
  const samplesOfEach = Array.from({ length: fragments }, () => reader.u32());
  const indexed = samplesOfEach.reduce((sum, count) => sum + count, 0);
  if (indexed !== samples || samplesOfEach.includes(0))
    throw invalidMedia('its index does not come to its samples');
  const sizes = new Uint32Array(samples);
  for (let sample = 0; sample < samples; sample += 1) sizes[sample] = reader.u32();
  const shifts = new Int16Array(samples);
  if (isPicture) for (let sample = 0; sample < samples; sample += 1) shifts[sample] = reader.i16();
  return { facts: { ...init, start, sampleDuration, lastDuration, sizes, priming, shifts }, samplesOfEach };
}

function indexBytes({ kind, sizes, priming }: SampleFacts, fragments: number): number {
  const tables = (priming.length + fragments) * 4 + sizes.length * (kind === 'picture' ? 6 : 4);
  return 8 + INDEX_TYPE.length + 4 + 8 + 20 + tables;
}

/** Bytes of the box that holds the packets that lead in; 0 when there are none. */
function primingBox(facts: SampleFacts): number {
  return facts.priming.length === 0 ? 0 : 8 + primingBytes(facts);
}

function table32(values: ArrayLike<number>): Uint8Array {
  return written(values.length * 4, (view) => {
    for (let place = 0; place < values.length; place += 1) view.setUint32(place * 4, values[place] ?? 0);
  });
}

function table16(values: Int16Array): Uint8Array {
  return written(values.length * 2, (view) => {
    for (let place = 0; place < values.length; place += 1) view.setInt16(place * 2, values[place] ?? 0);
  });
}
