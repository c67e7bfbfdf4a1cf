import { holdFilter } from '../ffmpeg-args.ts';
import type { RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { formatRational, type Rational, toNumber } from '../rational.ts';
import { gridStart } from '../timeline.ts';
import type { FrameRange } from './frame-range.ts';

/**
 * Part of the rate buffer that is taken to be filled when a range begins. x264's own 0.9 let the rate across a join
 * overrun the buffer by 7 %, where one encode used 61 % of it; 0.5 keeps to 63 % at the same SSIM (grainy 480p).
 */
const INITIAL_BUFFER = 0.5;

/**
 * What stands before `-i` to read from a seek point. Times stay those of an encode of everything, and nothing that is
 * decoded is dropped before the grid: a frame that is shown at the range's begin may have begun long before.
 */
export function seekArgs({ seekSeconds }: Pick<FrameRange, 'seekSeconds'>): string[] {
  if (seekSeconds === null) return [];
  return ['-copyts', '-start_at_zero', '-noaccurate_seek', '-ss', seekSeconds.toFixed(6)];
}

/**
 * In place of `gridFilter`: the same grid from the same zero, of which the range alone is let through, its first frame
 * at time 0. What lies before the seek point fills with references to one frame (0.5 microseconds each).
 */
export function rangeGridFilter({ first, frames }: FrameRange, frameRate: Rational, probe: Probe): string[] {
  const held = frames === null ? holdFilter(toNumber(frameRate), probe.pictureEndSeconds) : [];
  const end = frames === null ? '' : `:end_frame=${first + frames}`;
  return [
    `fps=fps=${formatRational(frameRate)}${gridStart(probe)}:round=near`,
    ...held,
    `trim=start_frame=${first}${end}`,
    'setpts=PTS-STARTPTS',
  ];
}

/** Beside `videoEncoderArgs`: what an encoder must know that goes on where another one stops. */
export function rangeEncoderArgs({ first }: FrameRange, { maxBitrate }: RenditionPlan): string[] {
  if (first === 0) return [];
  return ['-rc_init_occupancy', String(Math.round(maxBitrate * 2 * INITIAL_BUFFER))];
}
