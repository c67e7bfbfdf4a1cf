import type { Rational } from './rational.ts';

export type HdrTransfer = 'pq' | 'hlg';

/** The video track that is used: the first one that is not cover art. */
export interface VideoStream {
  /** Position among the file's video streams as ffmpeg counts them (`0:v:<ordinal>`). */
  readonly ordinal: number;
  readonly codec: string;
  /** As ffprobe names it, for example `High`; null when the codec has none or it is not known. */
  readonly profile: string | null;
  /** As ffprobe gives it, for example 31 for level 3.1 of H.264; null when not known. */
  readonly level: number | null;
  /** Pixels as coded, before rotation and sample aspect ratio. */
  readonly codedWidth: number;
  readonly codedHeight: number;
  /** Pixels as shown: after rotation and with square pixels. */
  readonly width: number;
  readonly height: number;
  /** Clockwise degrees by which a player turns the picture: 0, 90, 180 or 270. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly sampleAspectRatio: Rational;
  /** Average frame rate, frames per second; null when unknown (a single frame, broken headers). */
  readonly frameRate: Rational | null;
  /** The container's or codec's nominal rate (ffprobe's `r_frame_rate`); null when unknown or absurd (over 1000). */
  readonly nominalFrameRate: Rational | null;
  /** True when average and nominal rates differ by more than 0.5 %. */
  readonly variableFrameRate: boolean;
  readonly interlaced: boolean;
  readonly pixelFormat: string;
  readonly bitDepth: number;
  readonly hdr: HdrTransfer | null;
  readonly colorSpace: string | null;
  readonly colorPrimaries: string | null;
  readonly colorTransfer: string | null;
  readonly colorRange: 'tv' | 'pc' | null;
  /** Seconds on the source's own timeline. */
  readonly startSeconds: number;
  /** Seconds; null when the container does not say. */
  readonly durationSeconds: number | null;
  /** Frames as the container counts them; null when it does not say. */
  readonly frames: number | null;
  /** Bits per second; where only the file's own is known, that less the sound's. Null when unknown. */
  readonly bitrate: number | null;
}

/** The audio track that is used: the first one that can be decoded. */
export interface AudioStream {
  /** Position among the file's audio streams as ffmpeg counts them (`0:a:<ordinal>`). */
  readonly ordinal: number;
  readonly codec: string;
  /** As ffprobe names it, for example `LC`; null when unknown. */
  readonly profile: string | null;
  readonly channels: number;
  readonly sampleRate: number;
  readonly startSeconds: number;
  readonly durationSeconds: number | null;
  /** Frames (of PCM: samples) as the container counts them; null when it does not say. */
  readonly frames: number | null;
  /** Bits per second; null when unknown. */
  readonly bitrate: number | null;
}

/** What ffprobe found, checked and reduced to what the service uses. */
export interface Probe {
  /** ffprobe's format name, for example `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /** Presentation length in seconds; null when the container does not say. */
  readonly durationSeconds: number | null;
  /**
   * Earliest time of any track of the file, used or not, seconds; ffmpeg counts from here. Null when only decoding
   * tells.
   */
  readonly containerStartSeconds: number | null;
  /** Earliest presentation time of the used streams, seconds; the zero of the output timeline. */
  readonly startSeconds: number;
  /**
   * Seconds on the output's timeline at which the last frame gives way, where the container says so and ffmpeg does
   * not look (Matroska); null: as long as ffmpeg takes it to last.
   */
  readonly pictureEndSeconds: number | null;
  /** Whether the file ends in the middle of what it announces. */
  readonly brokenOff: boolean;
  readonly video: VideoStream;
  readonly audio: AudioStream | null;
}
