import { FieldReader } from './field-reader.ts';
import { invalidMedia } from './invalid-media.ts';
import { findBox, needBox, readBoxes } from './read-boxes.ts';
import { readSampleEntry, type SampleEntry, type TrackKind } from './sample-entry.ts';
import { readSampleTable, type SampleTable } from './sample-table.ts';

/** A track of a progressive MP4. */
export interface MovieTrack {
  readonly entry: SampleEntry;
  /** Pixels; 0 of sound. */
  readonly width: number;
  readonly height: number;
  /** Units of time per second. */
  readonly timescale: number;
  /** In these units: the composition time that is presented at time 0; null: nothing says which. */
  readonly zero: number | null;
  readonly samples: SampleTable;
}

const HANDLERS: Readonly<Record<TrackKind, string>> = { picture: 'vide', sound: 'soun' };
/** Of an edit in which nothing is presented. */
const EMPTY_EDIT = -1;

/**
 * Reads the one track of a kind.
 * @param moov body of the box
 * @param fileBytes length of the file, in which all samples must lie
 * @throws MillraceError `output.invalid` when there is not exactly one, or anything in it is odd
 */
export function readMovieTrack(moov: Uint8Array, kind: TrackKind, fileBytes: number): MovieTrack {
  const [trak, ...others] = readBoxes(moov)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => body)
    .filter((body) => handlerOf(body) === HANDLERS[kind]);
  if (trak === undefined || others.length > 0)
    throw invalidMedia(`there is not exactly one track of ${kind}`);
  const stbl = needBox(trak, 'mdia', 'minf', 'stbl').body;
  const entry = readSampleEntry(needBox(stbl, 'stsd').body);
  if (entry.kind !== kind) throw invalidMedia(`the track of ${kind} holds something else`);
  const timescale = timescaleOf(needBox(trak, 'mdia', 'mdhd').body);
  return {
    entry,
    ...dimensions(needBox(trak, 'tkhd').body),
    timescale,
    zero: readZero(findBox(trak, 'edts', 'elst')?.body, timescale / timescaleOf(needBox(moov, 'mvhd').body)),
    samples: readSampleTable(stbl, fileBytes),
  };
}

function handlerOf(trak: Uint8Array): string {
  const type = new FieldReader(needBox(trak, 'mdia', 'hdlr').body).skip(8).bytes(4);
  return String.fromCharCode(...type);
}

/** Of an `mvhd` or `mdhd`, which begin alike. */
export function timescaleOf(header: Uint8Array): number {
  const reader = new FieldReader(header);
  const timescale = reader.skip(reader.u8() === 1 ? 19 : 11).u32();
  if (timescale === 0) throw invalidMedia('it has no timescale');
  return timescale;
}

/** Of a `tkhd`, in 16.16 bits. */
export function dimensions(tkhd: Uint8Array): { readonly width: number; readonly height: number } {
  const reader = new FieldReader(tkhd);
  reader.skip(reader.u8() === 1 ? 87 : 75);
  return { width: Math.round(reader.u32() / 65536), height: Math.round(reader.u32() / 65536) };
}

/**
 * Reads an `elst` of at most one pause and one edit.
 * @param unit the track's units in one of the movie's, in which a pause is given
 */
function readZero(elst: Uint8Array | undefined, unit: number): number | null {
  if (elst === undefined) return null;
  const reader = new FieldReader(elst);
  const isLong = reader.u8() === 1;
  reader.skip(3);
  const edits = Array.from({ length: reader.count(isLong ? 20 : 12) }, () => {
    const duration = isLong ? reader.u64() : reader.u32();
    const mediaTime = isLong ? reader.i64() : reader.i32();
    if (reader.u32() !== 0x10000) throw invalidMedia('an edit changes its speed');
    return { duration, mediaTime };
  });
  const pause = edits[0]?.mediaTime === EMPTY_EDIT ? edits[0].duration : 0;
  const [shown, ...others] = edits.filter(({ mediaTime }) => mediaTime !== EMPTY_EDIT);
  if (shown === undefined || others.length > 0 || edits.length > 2 || edits.at(-1) !== shown) {
    throw invalidMedia('its edit list is not that of one piece');
  }
  return shown.mediaTime - pause * unit;
}
