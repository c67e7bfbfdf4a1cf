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

/** As playlists name it, which all stand in one folder: `480p/media.mp4` for `hls/480p/media.mp4`. */
export function relativeToPlaylists(path: string): string {
  if (!path.startsWith(FOLDER)) throw new Error(`No playlist can name ${path}.`);
  return path.slice(FOLDER.length);
}
