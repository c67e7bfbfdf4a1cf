import { type Interleaved, interleave, type PlacedIndex, type ProgressivePiece } from './interleave.ts';
import { invalidMedia } from './invalid-media.ts';
import { progressiveHead } from './progressive-head.ts';

export interface ProgressiveTracks {
  /** All of the picture, in the order of time. */
  readonly picture: readonly PlacedIndex[];
  /** All of the sound; null: there is none. */
  readonly sound: readonly PlacedIndex[] | null;
}

export interface ProgressiveLayout {
  /** `ftyp`, `moov` and the header of the `mdat`. */
  head(): Uint8Array;
  readonly headBytes: number;
  /** What follows, taken from the media files. */
  readonly pieces: readonly ProgressivePiece[];
  /** Of the whole file. */
  readonly totalBytes: number;
}

/**
 * Lays out a progressive MP4 of media files, by copy: index first, one GOP after another, each followed by the sound
 * that begins in its time.
 * @throws MillraceError `output.invalid` when the files are not of one configuration or do not follow one another
 */
export function progressiveLayout({ picture, sound }: ProgressiveTracks): ProgressiveLayout {
  if (picture.length === 0 || sound?.length === 0) throw invalidMedia('a track has no file');
  const interleaved: Interleaved = interleave({ picture, sound, complete: true });
  const tracks = [picture, ...(sound === null ? [] : [sound])].map((files) =>
    files.map(({ index }) => index),
  );
  const mediaBytes = interleaved.chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const head = progressiveHead(tracks, interleaved.chunks, mediaBytes);
  return {
    head: () => head,
    headBytes: head.length,
    pieces: interleaved.pieces,
    totalBytes: head.length + mediaBytes,
  };
}
