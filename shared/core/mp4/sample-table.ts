import { FieldReader } from './field-reader.ts';
import { invalidMedia } from './invalid-media.ts';
import { findBox, needBox } from './read-boxes.ts';

/** The samples of a track in decoding order, each table with one entry for each. */
export interface SampleTable {
  readonly sizes: Uint32Array;
  /** In the file. */
  readonly offsets: Float64Array;
  /** In units of the track's timescale. */
  readonly durations: Uint32Array;
  /** By how much later each is presented than decoded, in the same units. */
  readonly compositions: Int32Array;
  /** 1: can be decoded by itself. */
  readonly keys: Uint8Array;
}

/** A day of frames, 45 to the second: what no job that the service takes comes near. */
const MAX_SAMPLES = 4_000_000;

/**
 * Reads an `stbl`: ISO/IEC 14496-12, section 8.
 * @param fileBytes length of the file, in which all samples must lie
 */
export function readSampleTable(stbl: Uint8Array, fileBytes: number): SampleTable {
  const sizes = readSizes(needBox(stbl, 'stsz').body, fileBytes);
  const samples = sizes.length;
  const durations = new Uint32Array(samples);
  fillRuns(needBox(stbl, 'stts').body, durations, (reader) => reader.u32());
  const compositions = new Int32Array(samples);
  const ctts = findBox(stbl, 'ctts');
  if (ctts !== undefined) fillRuns(ctts.body, compositions, (reader) => reader.i32());
  return {
    sizes,
    offsets: placeSamples(stbl, sizes, fileBytes),
    durations,
    compositions,
    keys: readKeys(findBox(stbl, 'stss')?.body, samples),
  };
}

function readSizes(body: Uint8Array, fileBytes: number): Uint32Array {
  const reader = new FieldReader(body).skip(4);
  const uniform = reader.u32();
  const samples = uniform === 0 ? reader.count(4) : reader.u32();
  if (samples === 0 || samples > MAX_SAMPLES) throw invalidMedia(`it has ${samples} samples`);
  const sizes = new Uint32Array(samples).fill(uniform);
  if (uniform === 0) for (let sample = 0; sample < samples; sample += 1) sizes[sample] = reader.u32();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > fileBytes) throw invalidMedia('its samples are larger than the file');
  return sizes;
}

/** Runs of (number of samples, value), which must come to all samples. */
function fillRuns(
  body: Uint8Array,
  values: Uint32Array | Int32Array,
  read: (reader: FieldReader) => number,
): void {
  const reader = new FieldReader(body).skip(4);
  let filled = 0;
  for (let runs = reader.count(8); runs > 0; runs -= 1) {
    const samples = reader.u32();
    if (samples > values.length - filled) throw invalidMedia('a table has more samples than the track');
    values.fill(read(reader), filled, filled + samples);
    filled += samples;
  }
  if (filled !== values.length) throw invalidMedia('a table has fewer samples than the track');
}

function readKeys(stss: Uint8Array | undefined, samples: number): Uint8Array {
  const keys = new Uint8Array(samples);
  if (stss === undefined) return keys.fill(1);
  const reader = new FieldReader(stss).skip(4);
  for (let left = reader.count(4); left > 0; left -= 1) {
    const number = reader.u32();
    if (number < 1 || number > samples) throw invalidMedia(`keyframe ${number} of ${samples} samples`);
    keys[number - 1] = 1;
  }
  return keys;
}

function placeSamples(stbl: Uint8Array, sizes: Uint32Array, fileBytes: number): Float64Array {
  const chunks = readChunks(stbl);
  const runs = readChunkRuns(needBox(stbl, 'stsc').body);
  const offsets = new Float64Array(sizes.length);
  let sample = 0;
  for (const [place, run] of runs.entries()) {
    const end = (runs[place + 1]?.firstChunk ?? chunks.length + 1) - 1;
    if (end > chunks.length || end < run.firstChunk) throw invalidMedia('its chunks are out of order');
    for (let chunk = run.firstChunk - 1; chunk < end; chunk += 1) {
      if (run.samples > sizes.length - sample) throw invalidMedia('its chunks have more samples than it');
      let at = chunks[chunk] ?? 0;
      for (let left = run.samples; left > 0; left -= 1) {
        offsets[sample] = at;
        at += sizes[sample] ?? 0;
        sample += 1;
      }
      if (at > fileBytes) throw invalidMedia('a sample lies beyond the end of the file');
    }
  }
  if (sample !== sizes.length) throw invalidMedia('its chunks have fewer samples than it');
  return offsets;
}

function readChunks(stbl: Uint8Array): Float64Array {
  const stco = findBox(stbl, 'stco');
  const reader = new FieldReader((stco ?? needBox(stbl, 'co64')).body).skip(4);
  const offsets = new Float64Array(reader.count(stco ? 4 : 8));
  for (let chunk = 0; chunk < offsets.length; chunk += 1) offsets[chunk] = stco ? reader.u32() : reader.u64();
  return offsets;
}

/** Chunks from one on that have so many samples each. */
interface ChunkRun {
  /** From 1. */
  readonly firstChunk: number;
  readonly samples: number;
}

function readChunkRuns(stsc: Uint8Array): readonly ChunkRun[] {
  const reader = new FieldReader(stsc).skip(4);
  const runs = Array.from({ length: reader.count(12) }, () => {
    const run = { firstChunk: reader.u32(), samples: reader.u32() };
    if (reader.u32() !== 1) throw invalidMedia('a chunk is of another sample entry');
    return run;
  });
  if (runs.some(({ firstChunk }) => firstChunk < 1) || (runs[0]?.firstChunk ?? 1) !== 1) {
    throw invalidMedia('its chunks are out of order');
  }
  return runs;
}
