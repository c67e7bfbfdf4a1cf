import { ascii, concat, u32, u64 } from './bytes.ts';
import type { ProgressiveChunk } from './interleave.ts';
import { invalidMedia } from './invalid-media.ts';
import { indexDuration, type MediaIndex } from './media-index.ts';
import { movieHeader, trackBox } from './movie-boxes.ts';
import { type ChunkPlaces, presentationDelay, sampleTableBody } from './sample-table-body.ts';
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
  // Offsets have a fixed length, so that an index with any of them is as long as the index with the right ones.
  const short = movieBox(tracks, chunks, { mediaOffset: 0, isLong: false });
  const isLong = around + short.length + mediaBytes > 0xffff_ffff;
  const { length } = isLong ? movieBox(tracks, chunks, { mediaOffset: 0, isLong }) : short;
  const moov = movieBox(tracks, chunks, { mediaOffset: around + length, isLong });
  return concat([ftyp, moov, mdat]);
}

function mdatHeader(mediaBytes: number): Uint8Array {
  const bytes = mediaBytes + 8;
  return bytes > 0xffff_ffff
    ? concat([u32(1), ascii('mdat'), u64(bytes + 8)])
    : concat([u32(bytes), ascii('mdat')]);
}

function movieBox(
  tracks: readonly (readonly MediaIndex[])[],
  chunks: readonly ProgressiveChunk[],
  places: ChunkPlaces,
): Uint8Array {
  const movieTimescale = tracks[0]?.[0]?.timescale ?? 1;
  const timed = tracks.map((files) => {
    const [first] = files;
    if (first === undefined) throw invalidMedia('a track has no file');
    const duration = files.reduce((sum, index) => sum + indexDuration(index), 0);
    return {
      files,
      first,
      duration,
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
      sampleTable: sampleTableBody(files, chunks, places),
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
