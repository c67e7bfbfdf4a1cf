import { type FileHandle, open } from 'node:fs/promises';
import { concat } from '../../core/mp4/bytes.ts';
import { fragmentHeader } from '../../core/mp4/fragment.ts';
import { invalidMedia } from '../../core/mp4/invalid-media.ts';
import { writeMediaHead } from '../../core/mp4/media-head.ts';
import type { MediaIndex } from '../../core/mp4/media-index.ts';
import { fillExactly } from './read-movie.ts';

/** What is held of the samples at a time. */
const BUFFER_BYTES = 2 ** 20;

/** Where samples lie in a file. */
export interface SampleOffsets {
  readonly offsets: Float64Array;
  /** Of those that lead in; absent: there are none. */
  readonly primingOffsets?: Float64Array;
}

/**
 * Writes a media file with samples of another file.
 */
export async function writeMedia(
  source: FileHandle,
  outputFile: string,
  index: MediaIndex,
  { offsets, primingOffsets = new Float64Array() }: SampleOffsets,
): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const output = await open(outputFile, 'w');
  try {
    await output.writeFile(writeMediaHead(index, await readLead(source, index, primingOffsets)));
    for (const [number, { first, samples }] of index.fragments.entries()) {
      await output.writeFile(fragmentHeader(index, number));
      for (const run of runsOf(index.sizes, offsets, first, first + samples)) {
        await copyRange(source, run, output, buffer);
      }
    }
  } finally {
    await output.close();
  }
}

/** Some packets of sound, of a few hundred bytes each. */
async function readLead(
  source: FileHandle,
  { priming }: MediaIndex,
  offsets: Float64Array,
): Promise<Uint8Array> {
  const packets: Uint8Array[] = [];
  for (const [place, size] of priming.entries()) {
    if (size > BUFFER_BYTES) throw invalidMedia(`a packet of ${size} bytes`);
    const packet = new Uint8Array(size);
    await fillExactly(source, offsets[place] ?? 0, packet);
    packets.push(packet);
  }
  return concat(packets);
}

interface Run {
  readonly begin: number;
  readonly end: number;
}

/** Samples that stand side by side in the source are copied in one go. */
function* runsOf(sizes: Uint32Array, offsets: Float64Array, first: number, last: number): Generator<Run> {
  let begin = offsets[first] ?? 0;
  let end = begin;
  for (let sample = first; sample < last; sample += 1) {
    const at = offsets[sample] ?? 0;
    if (at !== end) {
      yield { begin, end };
      begin = at;
    }
    end = at + (sizes[sample] ?? 0);
  }
  yield { begin, end };
}

async function copyRange(
  source: FileHandle,
  run: Run,
  output: FileHandle,
  buffer: Uint8Array,
): Promise<void> {
  for (let at = run.begin; at < run.end; at += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, run.end - at));
    await fillExactly(source, at, part);
    await output.writeFile(part);
  }
}
