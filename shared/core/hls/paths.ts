/** Content type of playlists, as Apple registered it. */
export const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
/** The track that all renditions share. */
export const AUDIO_TRACK = 'audio';
const FOLDER = 'hls/';
/** Below `<jobId>/`, like all paths here. */
export const MASTER_PATH = `${FOLDER}master.m3u8`;

/** Media playlist of a track. */
export function playlistPath(track: string): string {
  return `${FOLDER}${track}.m3u8`;
}

/** Playlist of a rendition's keyframes alone. */
export function keyframesPath(track: string): string {
  return `${FOLDER}${track}-keyframes.m3u8`;
}

/** A track that is made in one piece. */
export function mediaPath(track: string): string {
  return `${FOLDER}${track}/media.mp4`;
}

/** One piece of a track: that of a chunk, or of the sound. */
export function piecePath(track: string, index: number): string {
  return `${FOLDER}${track}/${String(index).padStart(5, '0')}.mp4`;
}

/** The inverse of {@link piecePath}; null for any other path. */
export function parsePiecePath(path: string): { readonly track: string; readonly index: number } | null {
  const [, track, digits] = path.match(/^hls\/(\w+)\/(\d{5})\.mp4$/) ?? [];
  return track === undefined || digits === undefined ? null : { track, index: Number(digits) };
}

/** As playlists name it, which all stand in one folder: `480p/media.mp4` for `hls/480p/media.mp4`. */
export function relativeToPlaylists(path: string): string {
  if (!path.startsWith(FOLDER)) throw new Error(`No playlist can name ${path}.`);
  return path.slice(FOLDER.length);
}
