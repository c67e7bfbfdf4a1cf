/** A part of the renditions' frame grid that is made alone. */
export interface FrameRange {
  /** Position of its first frame, from 0. */
  readonly first: number;
  /** Null: up to the end. */
  readonly frames: number | null;
  /**
   * Seconds on ffmpeg's timeline to seek to, from where reading lands at or before the first frame, though they may be
   * later themselves; null: read from the start.
   */
  readonly seekSeconds: number | null;
}
