import type { MediaInput } from './media.ts';

/**
 * Seconds from each of some times of a file's own clock back to the keyframe from which a video track is read for it,
 * found by a few short reads. Null when they cannot be told.
 */
export type LookForKeyframes = (
  input: MediaInput,
  videoOrdinal: number,
  places: readonly number[],
) => Promise<readonly number[] | null>;
