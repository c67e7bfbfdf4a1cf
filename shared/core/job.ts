import type { JobError, Warning } from './errors.ts';
import type { MediaFile } from './hls/media-file.ts';
import type { StreamFacts } from './hls/stream-facts.ts';
import type { Plan } from './plan.ts';
import type { Probe } from './probe.ts';

export const JOB_STATES = [
  'awaiting_upload',
  'queued',
  'processing',
  'completed',
  'failed',
  'canceled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TASK_STATES = ['pending', 'running', 'succeeded', 'failed', 'skipped', 'canceled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const LANES = ['lambda', 'batch', 'chunked'] as const;
export type Lane = (typeof LANES)[number];

export const OUTPUT_KINDS = ['rendition', 'poster', 'storyboard', 'playlist', 'manifest'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** A task is claimed at most this many times. */
export const MAX_ATTEMPTS = 4;

/** One object version, as the upload event named it. Every read of the source pins `versionId` or `etag`. */
export interface Source {
  readonly bucket: string;
  /** Decoded key. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly versionId: string | null;
  /** Hexadecimal; orders the events of one key. */
  readonly sequencer: string;
}

/** One committed file. */
export interface Output {
  /** `720p`, `poster.jpg`, `storyboard.vtt`, `manifest`: unique within a job. */
  readonly name: string;
  readonly kind: OutputKind;
  /** Path below `<jobId>/`. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationSeconds: number | null;
  /** Bits per second over the whole file. */
  readonly bitrate: number | null;
  /** RFC 6381, for example `avc1.64001f,mp4a.40.2`. */
  readonly codecs: string | null;
  /** Whether the picture is the source's own, copied and not encoded; absent: it is not. */
  readonly passedThrough?: boolean | undefined;
}

/** What an attempt cost. Lambda: milliseconds times memory; Batch: vCPU-seconds. */
export interface Usage {
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly vcpuSeconds: number;
}

/** Resident memory of a worker and its children. */
export interface MemoryUse {
  readonly usedMb: number;
  readonly limitMb: number;
}

/** Who works on a task, until when; a commit by an older attempt is refused. */
export interface Lease {
  readonly worker: string;
  /** 1 for the first claim. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Epoch milliseconds at which the host stops the worker; null when it does not. */
  readonly deadline: number | null;
  /** At the last heartbeat; tells why a worker that fell silent did. */
  readonly memory: MemoryUse | null;
}

/** One unit of work that is published, claimed and committed. */
export interface Task {
  readonly name: string;
  readonly state: TaskState;
  readonly lane: Lane;
  /** Why it runs in another lane than the job's, in words; null where it does not. */
  readonly laneReason: string | null;
  /** Claims so far; 0 before the first. */
  readonly attempt: number;
  /** 0 to 1; never falls, a further attempt starts from the highest value reached. */
  readonly progress: number;
  /** Names of tasks that must have ended, well or badly, before this one is published. */
  readonly after: readonly string[];
  readonly lease: Lease | null;
  /** ISO 8601; first claim. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Of a failed task; of a pending one, why the last attempt gave it back. */
  readonly error: JobError | null;
  readonly skipReason: string | null;
  /** Also those that are committed before the task has ended. */
  readonly outputs: readonly Output[];
  /** Committed files that playlists name; outputs of the job, though its document does not list them. */
  readonly media: readonly MediaFile[];
  /** What the master playlist says of the playlists among the outputs. */
  readonly streams: readonly StreamFacts[];
  /** Id of the upload in which a rendition is put together from chunks; null while there is none. */
  readonly upload: string | null;
  readonly warnings: readonly Warning[];
  /** Summed over attempts. */
  readonly usage: Usage;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** Counts visible changes; part of the document's version. */
  readonly revision: number;
}

/** How far dispatch got; each step is redone safely by whoever comes next. */
export const DISPATCH_STEPS = ['recorded', 'planned', 'published'] as const;
export type DispatchStep = (typeof DISPATCH_STEPS)[number];

/** The job itself; its tasks are items of their own. */
export interface JobHeader {
  readonly id: string;
  readonly state: JobState;
  readonly step: DispatchStep;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
  readonly profileHash: string;
  readonly source: Source;
  readonly probe: Probe | null;
  readonly plan: Plan | null;
  readonly lane: Lane;
  readonly laneReason: string;
  readonly error: JobError | null;
  /** The master playlist, once written. */
  readonly playlist: Output | null;
  /** The manifest, once written. */
  readonly manifest: Output | null;
  /** ISO 8601; when the terminal event was handed to the events topic. */
  readonly announcedAt: string | null;
}

export interface Job {
  readonly header: JobHeader;
  /** In ladder order, thumbnails last. */
  readonly tasks: readonly Task[];
  /** Of a chunked job: pieces of the picture, then of the sound, in the order of time. They are no tasks of its document. */
  readonly chunks: readonly Task[];
}

export const NO_USAGE: Usage = { billedMs: 0, memoryMb: 0, vcpuSeconds: 0 };

export function isTerminalJob(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'canceled';
}

export function isTerminalTask(state: TaskState): boolean {
  return state !== 'pending' && state !== 'running';
}
