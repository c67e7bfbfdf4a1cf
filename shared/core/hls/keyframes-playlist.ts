import type { KeyframeRange } from './keyframe-range.ts';
import { formatSeconds, type PlaylistFile } from './listed-segments.ts';
import { mapLine, PLAYLIST_VERSION } from './media-playlist.ts';
import { relativeToPlaylists } from './paths.ts';

export interface KeyframesPlaylistRequest {
  /** File with the header that serves all of them. */
  readonly header: Pick<PlaylistFile, 'path' | 'headerBytes'>;
  /** Of one rendition, in the order of time. */
  readonly keyframes: readonly KeyframeRange[];
  /** The same for all playlists of a job, see `targetSeconds`. */
  readonly targetSeconds: number;
}

/** The finished playlist of a rendition's keyframes alone, for scrubbing: EXT-X-I-FRAMES-ONLY. */
export function keyframesPlaylist({ header, keyframes, targetSeconds }: KeyframesPlaylistRequest): string {
  const durations = keyframeMicros(keyframes);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${PLAYLIST_VERSION}`,
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-I-FRAMES-ONLY',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    mapLine(header),
    ...keyframes.flatMap(({ path, offset, bytes }, index) => [
      `#EXTINF:${formatSeconds(durations[index] ?? 0)},`,
      `#EXT-X-BYTERANGE:${bytes}@${offset}`,
      relativeToPlaylists(path),
    ]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}

/** Whole microseconds of each, cut so that the sum of any number of them does not drift. */
export function keyframeMicros(keyframes: readonly KeyframeRange[]): readonly number[] {
  let seconds = 0;
  let micros = 0;
  return keyframes.map((keyframe) => {
    seconds += keyframe.seconds;
    const begin = micros;
    micros = Math.round(seconds * 1e6);
    return micros - begin;
  });
}
