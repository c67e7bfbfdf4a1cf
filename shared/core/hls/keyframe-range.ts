/** The part of a media file that shows one keyframe: its fragment's header and that frame. */
export interface KeyframeRange {
  /** Path of the file, below `<jobId>/`. */
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  /** Seconds for which it stands in the playlist: up to the next one. */
  readonly seconds: number;
}
