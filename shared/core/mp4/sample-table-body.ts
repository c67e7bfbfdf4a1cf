import { concat, u32, written } from './bytes.ts';
import type { ProgressiveChunk } from './interleave.ts';
import type { MediaIndex } from './media-index.ts';
import { sampleDescription } from './sample-entry.ts';
import { fullBox } from './write-box.ts';

/**
 * Units of the track's time by which all of it is decoded ahead, so that no sample is presented before; of sound, those
 * of the packets that lead in.
 */
export function presentationDelay(files: readonly MediaIndex[]): number {
  const [first] = files;
  if (first?.kind === 'sound') return first.priming.length * first.sampleDuration;
  let least = 0;
  for (const { shifts } of files) for (const shift of shifts) if (shift < least) least = shift;
  return -least * (first?.sampleDuration ?? 0);
}

/**
 * What is in the `stbl` of a track, for media that begins at place 0.
 * @param isLong whether places need 64 bits
 */
export function sampleTableBody(
  files: readonly MediaIndex[],
  chunks: readonly ProgressiveChunk[],
  isLong: boolean,
): Uint8Array {
  const kind = files[0]?.kind ?? 'picture';
  const own = chunks.filter((chunk) => chunk.kind === kind);
  return concat([
    sampleDescription(files[0]?.entry ?? new Uint8Array()),
    runTable('stts', (add) => {
      for (const { sizes, priming, sampleDuration, lastDuration } of files) {
        add(sampleDuration, priming.length + sizes.length - 1);
        add(lastDuration, 1);
      }
    }),
    ...(kind === 'picture' ? [syncSamples(files), compositions(files)] : []),
    samplesToChunks(own),
    sampleSizes(files),
    chunkOffsets(kind, chunks, own.length, isLong),
  ]);
}

/** Runs of samples with the same value: `add(value, samples)` in their order. */
function runTable(type: string, fill: (add: (value: number, samples: number) => void) => void): Uint8Array {
  const runs: number[] = [];
  fill((value, samples) => {
    if (samples === 0) return;
    const last = runs.length - 2;
    if (runs[last + 1] === value) runs[last] = (runs[last] ?? 0) + samples;
    else runs.push(samples, value);
  });
  return fullBox(type, 0, 0, u32(runs.length / 2), table(runs));
}

function compositions(files: readonly MediaIndex[]): Uint8Array {
  const delay = presentationDelay(files);
  if (files.every(({ shifts }) => shifts.every((shift) => shift === 0))) return new Uint8Array();
  return runTable('ctts', (add) => {
    for (const { shifts, sampleDuration } of files) {
      for (const shift of shifts) add(delay + shift * sampleDuration, 1);
    }
  });
}

function syncSamples(files: readonly MediaIndex[]): Uint8Array {
  const keys: number[] = [];
  let before = 1;
  for (const { fragments, sizes } of files) {
    for (const { first } of fragments) keys.push(before + first);
    before += sizes.length;
  }
  return fullBox('stss', 0, 0, u32(keys.length), table(keys));
}

function samplesToChunks(own: readonly ProgressiveChunk[]): Uint8Array {
  const runs: number[] = [];
  let previous = 0;
  for (const [chunk, { samples }] of own.entries()) {
    if (samples !== previous) runs.push(chunk + 1, samples, 1);
    previous = samples;
  }
  return fullBox('stsc', 0, 0, u32(runs.length / 3), table(runs));
}

function sampleSizes(files: readonly MediaIndex[]): Uint8Array {
  const tables = files.flatMap(({ priming, sizes }) => [priming, sizes]);
  const samples = tables.reduce((sum, { length }) => sum + length, 0);
  const bytes = written(samples * 4, (view) => {
    let at = 0;
    for (const sizes of tables) {
      for (const size of sizes) {
        view.setUint32(at, size);
        at += 4;
      }
    }
  });
  return fullBox('stsz', 0, 0, u32(0, samples), bytes);
}

function chunkOffsets(
  kind: ProgressiveChunk['kind'],
  chunks: readonly ProgressiveChunk[],
  count: number,
  isLong: boolean,
): Uint8Array {
  const bytes = written(count * (isLong ? 8 : 4), (view) => {
    let place = 0;
    let at = 0;
    for (const chunk of chunks) {
      if (chunk.kind === kind) {
        if (isLong) view.setBigUint64(at, BigInt(place));
        else view.setUint32(at, place);
        at += isLong ? 8 : 4;
      }
      place += chunk.bytes;
    }
  });
  return fullBox(isLong ? 'co64' : 'stco', 0, 0, u32(count), bytes);
}

function table(values: readonly number[]): Uint8Array {
  return written(values.length * 4, (view) => {
    for (const [place, value] of values.entries()) view.setUint32(place * 4, value);
  });
}
