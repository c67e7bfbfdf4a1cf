import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyframeMicros, keyframesPlaylist } from '../../core/hls/keyframes-playlist.ts';
import { listSegments, type PlaylistFile } from '../../core/hls/listed-segments.ts';
import { measureBitrate } from '../../core/hls/measure-bitrate.ts';
import type { MediaFile } from '../../core/hls/media-file.ts';
import { mediaPlaylist } from '../../core/hls/media-playlist.ts';
import { keyframesPath, PLAYLIST_TYPE, playlistPath, relativeToPlaylists } from '../../core/hls/paths.ts';
import type { StreamFacts } from '../../core/hls/stream-facts.ts';
import type { MadeFile, TrackFacts } from '../../core/ports/work.ts';

export interface PlaylistsRequest extends TrackFacts {
  /** For the playlists. */
  readonly directory: string;
  /** Name of the rendition, or `audio`. */
  readonly track: string;
  /** All of the track, in the order of time; never empty. */
  readonly files: readonly (PlaylistFile & Pick<MediaFile, 'codecs'>)[];
}

export interface WrittenPlaylists {
  readonly files: readonly MadeFile[];
  readonly stream: StreamFacts;
}

/** Writes the finished playlists of a track, and measures what the master playlist says of them. */
export async function writePlaylists(request: PlaylistsRequest): Promise<WrittenPlaylists> {
  const { track, files, keyframes, targetSeconds, picture } = request;
  const [header] = files;
  if (header === undefined) throw new Error(`The track ${track} has no file.`);
  const path = playlistPath(track);
  const made = [await write(request, path, mediaPlaylist({ files, targetSeconds, ended: true }))];
  const bitrate = measureBitrate(listSegments(files), targetSeconds);
  const facts = { track, path, codecs: header.codecs, bitrate };
  if (picture === null) return { files: made, stream: { ...facts, picture: null } };

  const ofKeyframes = keyframesPath(track);
  const text = keyframesPlaylist({ header, keyframes, targetSeconds });
  made.push(await write(request, ofKeyframes, text));
  const durations = keyframeMicros(keyframes);
  const entries = keyframes.map(({ bytes }, index) => ({ bytes, micros: durations[index] ?? 0 }));
  const { width, height, frameRate } = picture;
  return {
    files: made,
    stream: {
      ...facts,
      picture: {
        ...{ width, height, frameRate },
        keyframes: { path: ofKeyframes, bitrate: measureBitrate(entries, targetSeconds) },
      },
    },
  };
}

async function write({ directory }: PlaylistsRequest, path: string, text: string): Promise<MadeFile> {
  const name = relativeToPlaylists(path);
  const file = join(directory, name);
  await writeFile(file, text);
  return { ...playlistFacts(path), file };
}

/** What is recorded of a playlist beside its size and checksum. */
export function playlistFacts(path: string): Omit<MadeFile, 'file'> {
  return {
    name: relativeToPlaylists(path),
    kind: 'playlist',
    path,
    contentType: PLAYLIST_TYPE,
    width: null,
    height: null,
    durationSeconds: null,
    codecs: null,
  };
}
