/** The track that all renditions share. */
export const AUDIO_TRACK = 'audio';
/** Below `<jobId>/`, like all paths here. */
export const MASTER_PATH = 'hls/master.m3u8';

/** Media playlist of a track. */
export function playlistPath(track: string): string {
  return `hls/${track}.m3u8`;
}

/** Playlist of a rendition's keyframes alone. */
export function keyframesPath(track: string): string {
  return `hls/${track}-keyframes.m3u8`;
}

/** A track that is made in one piece. */
export function mediaPath(track: string): string {
  return `hls/${track}/media.mp4`;
}

/** One piece of a track: that of a chunk, or of the sound. */
export function piecePath(track: string, index: number): string {
  return `hls/${track}/${String(index).padStart(5, '0')}.mp4`;
}
