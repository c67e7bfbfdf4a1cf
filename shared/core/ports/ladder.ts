import type { Output, Source } from '../job.ts';
import type { Plan, RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { FfmpegResult, MediaInput } from './media.ts';
import type { Made } from './work.ts';

/** Everything that is to be encoded from one decode of a source. */
export interface EncodeLadderRequest {
  readonly plan: Plan;
  readonly probe: Probe;
  readonly input: MediaInput;
  /** Those that are missing; may be fewer than the plan has, and none where stills are asked for. */
  readonly renditions: readonly RenditionPlan[];
  /** Whether frames for poster and storyboard are to be taken on the way. */
  readonly stills: boolean;
  /** Empty directory; the caller wipes it. */
  readonly scratch: string;
  /** Processors to keep busy. */
  readonly vcpus: number;
  readonly signal: AbortSignal;
  /** 0 to 1, of the whole. */
  readonly onProgress: (fraction: number) => void;
}

export interface EncodedOne {
  /** Path. */
  readonly file: string;
  readonly run: FfmpegResult;
  /** Whether its picture is the source's own; absent: it was encoded. */
  readonly passedThrough?: boolean;
}

export interface EncodedLadder {
  /** By name: a finished progressive MP4, not yet verified, and what the encoder said of it. */
  readonly renditions: ReadonlyMap<string, EncodedOne>;
  /** Null when none were asked for. */
  readonly stills: EncodedStills | null;
}

/** Raw RGB frames in files, see `Images`. */
export interface EncodedStills {
  /** Tile `i` is the frame shown at `i` intervals. */
  readonly tiles: { readonly file: string; readonly intervalSeconds: number };
  /** Candidates for the poster, in the poster's size; may be empty. */
  readonly posters: { readonly file: string };
}

/** Encodes with one decode; throws as `Ffmpeg.run` does. */
export type EncodeLadder = (request: EncodeLadderRequest) => Promise<EncodedLadder>;

/** The open tasks of one job, to be made together. */
export interface LadderRequest {
  readonly jobId: string;
  readonly source: Source;
  readonly probe: Probe;
  readonly plan: Plan;
  /** The source, opened. */
  readonly input: MediaInput;
  /** The lowest rendition, where it is committed: what thumbnails that are made alone are cut from. */
  readonly committed: readonly Output[];
  /** Names of the claimed tasks: renditions, thumbnails. */
  readonly tasks: readonly string[];
  /** Empty directory; the caller wipes it. */
  readonly scratch: string;
  readonly vcpus: number;
  readonly signal: AbortSignal;
  /** 0 to 1, per task. */
  readonly onProgress: (task: string, fraction: number) => void;
  /** Called once per task as soon as its files are verified, or have failed; its files may go when it resolves. */
  readonly onMade: (
    task: string,
    result:
      | { readonly kind: 'made'; readonly made: Made }
      | { readonly kind: 'failed'; readonly error: unknown },
  ) => Promise<void>;
}

/**
 * Makes several tasks of a job at once. What goes wrong with one of them goes to `onMade`; rejects only with the
 * signal's reason, or with what `onMade` threw.
 */
export type MakeLadder = (request: LadderRequest) => Promise<void>;
