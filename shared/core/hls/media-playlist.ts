import { formatSeconds, listSegments, type PlaylistFile } from './listed-segments.ts';
import { relativeToPlaylists } from './paths.ts';

export interface MediaPlaylistRequest {
  /** Of one track, in the order of time. */
  readonly files: readonly PlaylistFile[];
  /** The same for all playlists of a job, see `targetSeconds`. */
  readonly targetSeconds: number;
  /** Whether these are all of the files; a playlist that is not ended grows at its end. */
  readonly ended: boolean;
}

/** EXT-X-VERSION of all playlists: that of RFC 8216. */
export const PLAYLIST_VERSION = 7;

/**
 * The media playlist of a track: https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis, section 4.4.3 and
 * 4.4.4. Segments are byte ranges. The header of the first file serves all that have the same sample entry.
 */
export function mediaPlaylist({ files, targetSeconds, ended }: MediaPlaylistRequest): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${PLAYLIST_VERSION}`,
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${ended ? 'VOD' : 'EVENT'}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let config: string | null = null;
  for (const { file, offset, bytes, micros } of listSegments(files)) {
    if (file.config !== config) lines.push(mapLine(file));
    config = file.config;
    lines.push(
      `#EXTINF:${formatSeconds(micros)},`,
      `#EXT-X-BYTERANGE:${bytes}@${offset}`,
      relativeToPlaylists(file.path),
    );
  }
  if (ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** Where players find the header of the segments that follow. */
export function mapLine({ path, headerBytes }: Pick<PlaylistFile, 'path' | 'headerBytes'>): string {
  return `#EXT-X-MAP:URI="${relativeToPlaylists(path)}",BYTERANGE="${headerBytes}@0"`;
}
