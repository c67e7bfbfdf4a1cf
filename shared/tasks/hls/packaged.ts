import type { KeyframeRange } from '../../core/hls/keyframe-range.ts';
import type { MadeMedia } from '../../core/ports/work.ts';

/** A media file, written in scratch. */
export interface Packaged {
  readonly media: MadeMedia;
  /** None of sound. */
  readonly keyframes: readonly KeyframeRange[];
  /** Samples: frames, or packets of sound. */
  readonly frames: number;
}
