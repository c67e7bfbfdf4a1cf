import type { Picture, PictureSize } from '../picture.ts';
import type { Probe } from '../probe.ts';
import type { ObjectStore, Pin } from './object-store.ts';

/** Where ffmpeg and ffprobe read from: a local path or a loopback URL, with what must precede `-i`. */
export interface MediaInput {
  /** `file:/…` or `http://127.0.0.1:…`. */
  readonly url: string;
  /** Comma-separated protocols for `-protocol_whitelist`. */
  readonly protocols: string;
}

/** An object that ffmpeg or ffprobe is to read. */
export interface MediaObject {
  readonly store: ObjectStore;
  readonly key: string;
  readonly pin: Pin;
  /** Bytes. */
  readonly size: number;
  /** Bytes that may be read of it over the network; reading more fails with `NotSplittable`. Absent: any number. */
  readonly budget?: number;
}

export interface OpenedMedia {
  readonly input: MediaInput;
  /**
   * Why the object could not be read, if so (`input.missing` when it is gone or another version): what a child
   * process reports after a failed read is only a consequence, so ask here first.
   */
  failure(): Promise<Error | undefined>;
  /** Ends the loopback server where there is one. */
  close(): Promise<void>;
}

/** Makes an object readable for child processes. */
export type OpenMedia = (object: MediaObject) => Promise<OpenedMedia>;

export interface ProbeTool {
  /** Throws `input.*` when the file is not a video that can be used. */
  probe(input: MediaInput, signal?: AbortSignal): Promise<Probe>;
  /** Facts of a file made here, for its verification. Throws `output.invalid` when it cannot be read. */
  inspect(file: string, signal?: AbortSignal): Promise<OutputFacts>;
}

/** What verification compares with the plan. */
export interface OutputFacts {
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  readonly videoCodec: string;
  /** Counted packets of the video track. */
  readonly frames: number;
  readonly videoStartSeconds: number;
  readonly videoEndSeconds: number;
  readonly audioCodec: string | null;
  readonly audioStartSeconds: number | null;
  readonly audioEndSeconds: number | null;
  /** Presentation length. */
  readonly durationSeconds: number;
  /** RFC 6381, for example `avc1.64001f,mp4a.40.2`. */
  readonly codecs: string;
  /** The index stands before the media data. */
  readonly faststart: boolean;
}

export interface FfmpegProgress {
  readonly frames: number;
  /** Seconds of output written. */
  readonly outSeconds: number;
  /** Output seconds per wall second; 0 when unknown. */
  readonly speed: number;
}

export interface FfmpegResult {
  readonly frames: number;
  readonly outSeconds: number;
  /** Messages of level error or worse, and warnings of damaged input, oldest first, at most 200. */
  readonly errors: readonly string[];
  /** All of them, repetitions included. */
  readonly errorCount: number;
}

export interface FfmpegRun {
  /** All arguments after the program name, inputs and outputs included. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FfmpegProgress) => void;
}

export interface Ffmpeg {
  /**
   * Runs to the end. Throws `encode.failed`, or what the exit tells (`input.corrupt`, `limit.disk`,
   * `limit.memory`); rejects with the signal's reason after the child has exited when aborted.
   */
  run(run: FfmpegRun): Promise<FfmpegResult>;
}

export interface ImageEncoding {
  readonly format: 'jpeg' | 'webp';
  /** 1 to 100. */
  readonly quality: number;
}

/** Still images, and the raw frames that ffmpeg leaves for them. */
export interface Images {
  /** Whole frames in a file of raw RGB pictures; 0 when there is no file. */
  countFrames(file: string, size: PictureSize): Promise<number>;
  /** Frame `index` of it, 0 the first. */
  readFrame(file: string, size: PictureSize, index: number): Promise<Picture>;
  /** Encodes a picture, then reads the file back. Throws `output.invalid` when that fails or differs in size. */
  write(picture: Picture, file: string, encoding: ImageEncoding): Promise<void>;
}
