import { ascii, concat, u32, u64, viewOf } from './bytes.ts';
import type { ProgressiveChunk } from './interleave.ts';
import { invalidMedia } from './invalid-media.ts';
import { indexDuration, type MediaIndex } from './media-index.ts';
import { movieHeader, trackBox } from './movie-boxes.ts';
import { findBox, needBox, readBoxes } from './read-boxes.ts';
import { presentationDelay, sampleTableBody } from './sample-table-body.ts';
import { box, fullBox } from './write-box.ts';

/** Like those that ffmpeg writes, so that the lanes do not differ. */
const BRANDS = ['isom', 'iso2', 'avc1', 'mp41'];

/**
 * `ftyp`, `moov` and the header of an `mdat` of `mediaBytes`, which holds `chunks` in their order. Times of the movie are
 * in units of the first track, which is the picture's.
 */
export function progressiveHead(
  tracks: readonly (readonly MediaIndex[])[],
  chunks: readonly ProgressiveChunk[],
  mediaBytes: number,
): Uint8Array {
  const ftyp = box('ftyp', ascii('isom'), u32(0x200), ...BRANDS.map(ascii));
  const mdat = mdatHeader(mediaBytes);
  const around = ftyp.length + mdat.length;
  const short = movieBox(tracks, chunks, false);
  const isLong = around + short.length + mediaBytes > 0xffff_ffff;
  const moov = isLong ? movieBox(tracks, chunks, true) : short;
  moveChunks(moov, around + moov.length);
  return concat([ftyp, moov, mdat]);
}

/** Moves all chunks of a movie: where they lie depends on how long its index is. */
function moveChunks(moov: Uint8Array, by: number): void {
  for (const { type, body } of readBoxes(needBox(moov, 'moov').body)) {
    if (type !== 'trak') continue;
    const stbl = needBox(body, 'mdia', 'minf', 'stbl').body;
    const short = findBox(stbl, 'stco');
    const table = viewOf((short ?? needBox(stbl, 'co64')).body);
    for (let at = 8; at < table.byteLength; at += short ? 4 : 8) {
      if (short) table.setUint32(at, table.getUint32(at) + by);
      else table.setBigUint64(at, table.getBigUint64(at) + BigInt(by));
    }
  }
}

function mdatHeader(mediaBytes: number): Uint8Array {
  const bytes = mediaBytes + 8;
  return bytes > 0xffff_ffff
    ? concat([u32(1), ascii('mdat'), u64(bytes + 8)])
    : concat([u32(bytes), ascii('mdat')]);
}

/** With the media from place 0 on. */
function movieBox(
  tracks: readonly (readonly MediaIndex[])[],
  chunks: readonly ProgressiveChunk[],
  isLong: boolean,
): Uint8Array {
  const movieTimescale = tracks[0]?.[0]?.timescale ?? 1;
  const timed = tracks.map((files) => {
    const [first] = files;
    if (first === undefined) throw invalidMedia('a track has no file');
    const duration = files.reduce((sum, index) => sum + indexDuration(index), 0);
    return {
      files,
      first,
      duration: duration + first.priming.length * first.sampleDuration,
      movieDuration: Math.round((duration * movieTimescale) / first.timescale),
    };
  });
  const longest = Math.max(...timed.map(({ movieDuration }) => movieDuration));
  const boxes = timed.map(({ files, first, duration, movieDuration }, place) => {
    const { kind, width, height, timescale } = first;
    const delay = presentationDelay(files);
    return trackBox({
      ...{ kind, id: place + 1, width, height, timescale, duration, movieDuration },
      edits: delay === 0 ? null : editList(movieDuration, delay),
      sampleTable: sampleTableBody(files, chunks, isLong),
    });
  });
  return box('moov', movieHeader(movieTimescale, longest, timed.length), ...boxes);
}

/** Presentation begins `mediaTime` after the first composition time could be. */
function editList(duration: number, mediaTime: number): Uint8Array {
  const isLong = duration > 0xffff_ffff;
  const times = isLong ? [u64(duration), u64(mediaTime)] : [u32(duration), u32(mediaTime)];
  return box('edts', fullBox('elst', isLong ? 1 : 0, 0, u32(1), ...times, u32(0x10000)));
}
