import type { Preset } from '../ladder.ts';

/** CPU seconds to decode. */
export interface DecodeCost {
  readonly perMegapixel: number;
  /** Of compressed picture: entropy decoding goes by bits, not by pixels. */
  readonly perMegabit: number;
}

/** CPU seconds to encode a megapixel at `veryfast`. */
export interface EncodeCost {
  /** Of one frame of the output. */
  readonly megapixels: number;
  /** A picture that stands still. */
  readonly easy: number;
  /** A grainy one that moves. */
  readonly hard: number;
}

/** What work costs in CPU seconds of one vCPU. */
export interface Calibration {
  /** What the reference clip takes, so that another machine's seconds can be compared with these. */
  readonly referenceSeconds: number;
  /** Of one ffmpeg, before its first frame. */
  readonly startSeconds: number;
  /** To decode a second of stereo sound and encode it again. */
  readonly perSoundSecond: number;
  /** By ffmpeg's decoder name. */
  readonly decode: Readonly<Record<string, DecodeCost>>;
  /** How much more 10 bits take than 8. */
  readonly highBitDepth: number;
  /** Per megapixel of source: bicubic scaling goes by the pixels that come in. */
  readonly scale: number;
  /** Per megapixel of source. */
  readonly deinterlace: number;
  /** Per megapixel of output. */
  readonly toneMap: number;
  /** Smallest first. */
  readonly encode: readonly EncodeCost[];
  /** Relative to `veryfast`. */
  readonly presets: Readonly<Record<Preset, number>>;
}
