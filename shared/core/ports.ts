import type { Readable } from 'node:stream';
import type { JobError, Warning } from './errors.ts';
import type { Job, JobHeader, JobState, Lane, Lease, MemoryUse, Output, Source, Task, Usage } from './job.ts';
import type { JobEndedEvent, TaskMessage, UploadNotice } from './messages.ts';
import type { Picture, PictureSize } from './picture.ts';
import type { Plan } from './plan.ts';
import type { Probe } from './probe.ts';

/** Epoch milliseconds. */
export type Clock = () => number;

// --- Objects -----------------------------------------------------------------------------------

/** Inclusive byte positions, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A version of an object that a read insists on. */
export interface Pin {
  readonly etag: string;
  readonly versionId: string | null;
}

export interface ObjectInfo {
  readonly size: number;
  readonly etag: string;
  readonly contentType: string | null;
  /** Hexadecimal; as its writer gave it, where the store keeps it. */
  readonly sha256?: string;
}

export interface ReadOptions {
  readonly pin?: Pin;
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  readonly contentType: string;
  /** Hexadecimal; stored with the object. */
  readonly sha256: string;
  readonly attempt: number;
}

/** One bucket. A read of an object that is gone or no longer the pinned version throws `input.missing`. */
export interface ObjectStore {
  /** Undefined when there is no such object (or not in the pinned version). */
  head(key: string, pin?: Pin): Promise<ObjectInfo | undefined>;
  read(key: string, options?: ReadOptions): Promise<Readable>;
  /** Create-exclusive: first writer wins; `exists` leaves the object as it is. */
  put(key: string, file: string, options: PutOptions): Promise<'created' | 'exists'>;
  /** Path of a local file that holds exactly this object, where the store is a disk; else undefined. */
  localPath(key: string, pin?: Pin): Promise<string | undefined>;
}

// --- Jobs --------------------------------------------------------------------------------------

export interface JobReader {
  /** Header and tasks, read consistently. */
  read(jobId: string): Promise<Job | undefined>;
}

export interface JobQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly state?: JobState;
  /** Exact source key. */
  readonly key?: string;
}

export interface JobLister {
  /** Newest first; `cursor` is null at the end. An unreadable cursor throws a RangeError. */
  list(query: JobQuery): Promise<{ readonly jobs: readonly Job[]; readonly cursor: string | null }>;
}

export type IntakeDecision =
  /** `isRecorded`: the job's header was recorded before; when it is gone now, the job was kept for long enough. */
  | { readonly kind: 'job'; readonly jobId: string; readonly isRecorded: boolean }
  /** A newer upload to the same key is known and this one never became a job. */
  | { readonly kind: 'superseded' };

export interface UploadReservation {
  readonly bucket: string;
  readonly key: string;
  readonly jobId: string;
  readonly size: number;
  readonly profileHash: string;
  readonly lane: Lane;
  readonly createdAt: string;
  /** Epoch milliseconds after which the reservation turns `canceled`. */
  readonly expiresAt: number;
}

export interface JobIntake {
  /**
   * Ties one upload (bucket, key, version id or sequencer, profile hash) to one job id: the first caller's
   * `newId`, or the id reserved for the key by an upload grant; every later caller gets the same id.
   */
  claimSource(notice: UploadNotice, profileHash: string, newId: string, now: number): Promise<IntakeDecision>;
  /** Records the header; does nothing when it stands already (a reserved one turns `queued`). */
  recordJob(header: JobHeader): Promise<void>;
  /** Records the tasks, then marks the job planned; safe to repeat. */
  recordPlan(
    jobId: string,
    planned: { readonly probe: Probe; readonly plan: Plan; readonly lane: Lane; readonly laneReason: string },
    tasks: readonly Task[],
    now: number,
  ): Promise<void>;
  markPublished(jobId: string): Promise<void>;
}

export interface UploadReservations {
  /** Records a job in `awaiting_upload` and reserves its key. */
  reserve(reservation: UploadReservation): Promise<void>;
}

export interface ClaimRequest {
  readonly jobId: string;
  readonly task: string;
  readonly lane: Lane;
  readonly worker: string;
  readonly now: number;
  readonly leaseMs: number;
  /** Epoch milliseconds at which the host stops the worker; null when it does not. */
  readonly deadline: number | null;
  /** That the host bills for as long as the claim is worked on; 0 when it bills otherwise. */
  readonly memoryMb: number;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly task: Task; readonly lease: Lease }
  /** Somebody else works on it. */
  | { readonly kind: 'busy'; readonly expiresAt: number }
  /** Ended, or in another lane, or not there: nothing to do. */
  | { readonly kind: 'closed' }
  /** All attempts are spent and no lease lives: the caller fails the task. */
  | { readonly kind: 'exhausted'; readonly task: Task };

/** Names a live claim in every later write. */
export interface ClaimRef {
  readonly jobId: string;
  readonly task: string;
  readonly worker: string;
  readonly attempt: number;
}

export type TaskOutcome =
  | {
      readonly kind: 'succeeded';
      readonly outputs: readonly Output[];
      readonly warnings: readonly Warning[];
      readonly usage: Usage;
    }
  | { readonly kind: 'failed'; readonly error: JobError; readonly usage: Usage }
  /** Back to `pending`, for a further attempt. */
  | { readonly kind: 'released'; readonly error: JobError | null; readonly usage: Usage };

export interface TaskLedger {
  /**
   * Conditional: takes a pending task, or a running one whose lease has expired, while attempts are left. What an
   * expired lease has used until its last heartbeat is added to the task's usage, here and in `failUnclaimed`.
   */
  claim(request: ClaimRequest): Promise<ClaimResult>;
  /** Renews the lease and records progress; false when the claim is no longer the live one. */
  heartbeat(
    claim: ClaimRef,
    beat: {
      readonly progress: number;
      readonly memory: MemoryUse | null;
      readonly now: number;
      readonly leaseMs: number;
    },
  ): Promise<boolean>;
  /** Ends the attempt; false when the claim is no longer the live one, and nothing was written. */
  settle(claim: ClaimRef, outcome: TaskOutcome, now: number): Promise<boolean>;
  /** Fails a task that no live lease holds (pending or expired); false when one does or it has ended. */
  failUnclaimed(jobId: string, task: string, error: JobError, now: number): Promise<boolean>;
  /**
   * Whether the doorbell of a task that nobody holds is to be rung again. True at most once in `afterMs`, then in
   * twice that and so on, so that a task that only waits in a long queue is not rung for at every look.
   */
  ringDue(jobId: string, task: string, now: number, afterMs: number): Promise<boolean>;
}

export interface JobCloser {
  /**
   * Ends a job: `queued`/`processing` to its final state with error and manifest. One conditional write;
   * true for the one caller that made the change.
   */
  close(
    jobId: string,
    end: {
      readonly state: 'completed' | 'failed' | 'canceled';
      readonly error: JobError | null;
      readonly manifest: Output | null;
    },
    now: number,
  ): Promise<boolean>;
  /** The terminal event is out; the job leaves the sweep's index. */
  markAnnounced(jobId: string, now: number): Promise<void>;
}

/** What the sweep looks at, oldest first. */
export interface OpenWork {
  /** Ids of jobs that have not ended, or ended without their event sent. */
  openJobs(cursor?: string): Promise<{ readonly jobIds: readonly string[]; readonly cursor: string | null }>;
  /** Names, for {@link readUpload}, of uploads that were claimed before `olderThan` and have no header yet. */
  unrecordedUploads(olderThan: number): Promise<readonly string[]>;
  /** Undefined when it has been recorded. */
  readUpload(
    name: string,
  ): Promise<{ readonly notice: UploadNotice; readonly profileHash: string } | undefined>;
  /** Ids of the jobs whose reservations are past their expiry. */
  overdueReservations(now: number): Promise<readonly string[]>;
  /** Turns the job `canceled`; false when an upload was faster. */
  expireReservation(jobId: string, now: number): Promise<boolean>;
}

// --- Messages ----------------------------------------------------------------------------------

export interface TaskPublisher {
  publish(message: TaskMessage): Promise<void>;
}

export interface EventPublisher {
  publish(event: JobEndedEvent): Promise<void>;
}

/** Rings dispatch's own queue. */
export interface UploadNotifier {
  notify(notice: UploadNotice): Promise<void>;
}

/** The message that is being handled. */
export interface MessageLease {
  /** Seconds from now during which nobody else receives the message. */
  extend(seconds: number): Promise<void>;
}

// --- Media -------------------------------------------------------------------------------------

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

// --- Work --------------------------------------------------------------------------------------

export interface MakeContext {
  readonly jobId: string;
  readonly source: Source;
  readonly probe: Probe;
  readonly plan: Plan;
  /** The source, opened. */
  readonly input: MediaInput;
  /** What the tasks have committed that this one waited for. */
  readonly committed: readonly Output[];
  /** Empty directory of this attempt; wiped afterwards whatever happens. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** A verified file in scratch, ready to be committed. */
export interface MadeFile extends Omit<Output, 'bytes' | 'sha256' | 'bitrate'> {
  readonly file: string;
}

export interface Made {
  readonly files: readonly MadeFile[];
  readonly warnings: readonly Warning[];
}

/** Makes the outputs of one task. */
export type Make = (context: MakeContext) => Promise<Made>;

/** Disk space for one attempt. */
export interface ScratchDirectory {
  readonly path: string;
  wipe(): Promise<void>;
}

/** Makes an empty directory, after removing those of attempts whose process is dead. */
export type OpenScratch = () => Promise<ScratchDirectory>;

export interface FileDigest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Size and checksum of a local file, without holding it in memory. */
export type DigestFile = (path: string) => Promise<FileDigest>;

/** Resident memory of this process and its children in MB; null where the system does not tell. */
export type MeasureMemory = () => Promise<number | null>;

/** One JSON line per call; an error goes under `err`. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

// --- API ---------------------------------------------------------------------------------------

export interface UploadGrant {
  readonly kind: 'put';
  readonly method: 'PUT';
  readonly url: string;
  /** All that the client must send. */
  readonly headers: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface UploadGranter {
  /** A signed address that takes exactly this type and length until `expiresAt` (epoch milliseconds). */
  grant(upload: {
    readonly key: string;
    readonly contentType: string;
    readonly size: number;
    readonly expiresAt: number;
  }): Promise<UploadGrant>;
}

/** A short-lived address of an output, or undefined where the store has none and the bytes must be served. */
export type LinkOutput = (key: string, contentType: string) => Promise<string | undefined>;
