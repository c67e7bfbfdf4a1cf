import type { Plan } from './plan.ts';
import { type Rational, toNumber } from './rational.ts';

/** Grid frames from which stills are made, beside the renditions and from the same decode. */
export interface StillFrames {
  /** A storyboard tile shows every n-th frame of the grid, from the first on. */
  readonly tileEvery: number;
  /** Candidates for the poster, rising; none where the length is not declared. */
  readonly posters: readonly number[];
}

/** Parts of the declared length at which a frame may make the poster. */
const POSTER_PARTS = [0.1, 0.25, 0.4, 0.5, 0.75, 0.85];

/** Which frames of the renditions' grid the stills of a plan are. */
export function stillFrames({ thumbnails, durationSeconds }: Plan, frameRate: Rational): StillFrames {
  const rate = toNumber(frameRate);
  const posters = POSTER_PARTS.map((part) => Math.round(part * (durationSeconds ?? 0) * rate));
  return {
    tileEvery: Math.max(1, Math.round(thumbnails.storyboard.intervalSeconds * rate)),
    posters: durationSeconds === null ? [] : [...new Set(posters)],
  };
}
