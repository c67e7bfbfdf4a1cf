import type { Rational } from '../rational.ts';

/** Bits per second. */
export interface StreamBitrate {
  /** Of the segment that has the highest. */
  readonly peak: number;
  /** Of the whole. */
  readonly average: number;
}

/** What the master playlist says of one media playlist. */
export interface StreamFacts {
  /** Name of the rendition, or `audio`. */
  readonly track: string;
  /** Of the media playlist, below `<jobId>/`. */
  readonly path: string;
  /** RFC 6381, read from the bitstream, of this track alone. */
  readonly codecs: string;
  readonly bitrate: StreamBitrate;
  /** Null: sound. */
  readonly picture: {
    readonly width: number;
    readonly height: number;
    readonly frameRate: Rational;
    /** The playlist of keyframes alone. */
    readonly keyframes: { readonly path: string; readonly bitrate: StreamBitrate };
  } | null;
}
