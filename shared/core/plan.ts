import type { ChunkPlan } from './chunks/chunk-plan.ts';
import type { Preset } from './ladder.ts';
import type { HdrTransfer } from './probe.ts';
import type { Rational } from './rational.ts';

/** How one rendition is made; complete, so that a worker needs no other setting. */
export interface RenditionPlan {
  /** Task name and file stem, for example `720p`. */
  readonly name: string;
  /** Pixels; even, upright, square. */
  readonly width: number;
  readonly height: number;
  /** Constant output frame rate. */
  readonly frameRate: Rational;
  /** Frames between keyframes: round(gopSeconds * fps). */
  readonly gopFrames: number;
  /** Bits per second. */
  readonly maxBitrate: number;
  readonly preset: Preset;
  readonly crf: number;
  /** Whether the source's own picture is copied where its packets turn out to be those of this rendition. */
  readonly passThrough: boolean;
}

/** What is done to the picture before scaling; the same for every rendition of a job. */
export interface PicturePlan {
  /** `0:v:<ordinal>` of the source. */
  readonly videoOrdinal: number;
  readonly deinterlace: boolean;
  readonly tonemap: HdrTransfer | null;
  /** Colour description to assume where the source gives none, as zscale/scale option values. */
  readonly colorSpace: string;
  readonly colorRange: 'tv' | 'pc';
}

export interface AudioPlan {
  /** `0:a:<ordinal>` of the source. */
  readonly audioOrdinal: number;
  readonly bitrate: number;
  readonly sampleRate: number;
}

export interface ThumbnailsPlan {
  readonly poster: { readonly width: number; readonly height: number };
  readonly storyboard: {
    /** Seconds between tiles. */
    readonly intervalSeconds: number;
    readonly tileWidth: number;
    readonly tileHeight: number;
    readonly columns: number;
    readonly rows: number;
  };
}

export interface SkippedRendition {
  readonly name: string;
  /** In words, for the status. */
  readonly reason: string;
}

/** What is made of a source, and what is not and why. Pure data; stored with the job. */
export interface Plan {
  readonly profileHash: string;
  /** Presentation length of the outputs in seconds; null when only the encode will tell. */
  readonly durationSeconds: number | null;
  readonly picture: PicturePlan;
  readonly audio: AudioPlan | null;
  /** Lowest first; never empty. */
  readonly renditions: readonly RenditionPlan[];
  /** Whole GOPs of a segment of the playlists. */
  readonly gopsPerSegment: number;
  readonly skipped: readonly SkippedRendition[];
  readonly thumbnails: ThumbnailsPlan;
  /** Null in other lanes than `chunked`. */
  readonly chunks: ChunkPlan | null;
}
