import type { MediaFile } from './media-file.ts';

/** What playlists are written from. */
export type PlaylistFile = Pick<
  MediaFile,
  'path' | 'config' | 'headerBytes' | 'mediaOffset' | 'timescale' | 'start' | 'segments'
>;

/** An entry of a media playlist. */
export interface ListedSegment {
  readonly file: PlaylistFile;
  /** In the file. */
  readonly offset: number;
  readonly bytes: number;
  /** Whole microseconds, cut so that the sum of any number of entries is never off by more than one. */
  readonly micros: number;
}

/** The segments of a track's files, which follow one another in time. */
export function listSegments(files: readonly PlaylistFile[]): readonly ListedSegment[] {
  return files.flatMap((file) => {
    let offset = file.mediaOffset;
    let time = file.start;
    return file.segments.map(({ bytes, duration }) => {
      const entry = {
        file,
        offset,
        bytes,
        micros: microsOf(time + duration, file.timescale) - microsOf(time, file.timescale),
      };
      offset += bytes;
      time += duration;
      return entry;
    });
  });
}

/** Seconds as EXTINF gives them, exact to the microsecond. */
export function formatSeconds(micros: number): string {
  return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
}

/** In two steps, because hours in units of a fine timescale times a million are no safe integers. */
function microsOf(time: number, timescale: number): number {
  const seconds = Math.floor(time / timescale);
  return seconds * 1e6 + Math.round(((time - seconds * timescale) * 1e6) / timescale);
}
