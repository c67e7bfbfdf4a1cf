import { holdFilter } from './ffmpeg-args.ts';
import type { Probe } from './probe.ts';
import { formatRational, type Rational, toNumber } from './rational.ts';
import { timelineOffset } from './timeline.ts';

/** A part of the renditions' frame grid. */
export interface FrameRange {
  /** Position of its first frame, from 0. */
  readonly first: number;
  /** Null: up to the end. */
  readonly frames: number | null;
}

export interface RangeSeek {
  /** What stands before `-i`. */
  readonly inputArgs: readonly string[];
  /** In place of `gridFilter`: the grid of the range alone, its first frame at time 0. */
  readonly gridFilter: readonly string[];
}

/** Decoded ahead of a range, so that the frame that is shown when it begins has been seen. */
const LEAD_SECONDS = 1;

/**
 * Reads a range of the grid without decoding what is far before it. Seeks to half a frame before a point of the grid,
 * where no rounding of times can make it one frame more or less.
 */
export function seekBefore({ first, frames }: FrameRange, frameRate: Rational, probe: Probe): RangeSeek {
  const rate = toNumber(frameRate);
  const lead = Math.min(first, Math.ceil(LEAD_SECONDS * rate));
  const from = first - lead;
  const offset = timelineOffset(probe);
  const seconds = from === 0 ? 0 : offset + (from - 0.5) / rate;
  const start = offset + from / rate - seconds;
  const end = probe.pictureEndSeconds === null ? null : probe.pictureEndSeconds - from / rate;
  const range = [
    ...(lead > 0 ? [`start_frame=${lead}`] : []),
    ...(frames === null ? [] : [`end_frame=${lead + frames}`]),
  ];
  return {
    inputArgs: seconds > 0 ? ['-ss', seconds.toFixed(6)] : [],
    gridFilter: [
      `fps=fps=${formatRational(frameRate)}:start_time=${Math.round(start * 1e6) / 1e6}:round=near`,
      ...holdFilter(rate, end),
      ...(range.length > 0 ? [`trim=${range.join(':')}`] : []),
      'setpts=PTS-STARTPTS',
    ],
  };
}
