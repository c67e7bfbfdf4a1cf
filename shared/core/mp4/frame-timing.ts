import type { Rational } from '../rational.ts';
import { invalidMedia } from './invalid-media.ts';

export interface FrameTiming {
  /** Units of time per second. */
  readonly timescale: number;
  /** Of every frame, in these units. */
  readonly duration: number;
}

/** Units per second below which times are too coarse for players that round them. */
const LEAST_TIMESCALE = 1000;

/** Whole units for each frame: 30000 with frames of 1001 for 30000/1001, 25000 with frames of 1000 for 25. */
export function frameTiming({ num, den }: Rational): FrameTiming {
  const scale = num < LEAST_TIMESCALE ? 1000 : 1;
  const timing = { timescale: num * scale, duration: den * scale };
  const fits = Object.values(timing).every(
    (value) => Number.isInteger(value) && value > 0 && value < 2 ** 32,
  );
  if (!fits) throw invalidMedia(`a frame rate of ${num}/${den}`);
  return timing;
}
