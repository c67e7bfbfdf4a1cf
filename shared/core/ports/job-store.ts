import type { JobError } from '../errors.ts';
import type { Job, JobHeader, JobState, Lane, Output, Task } from '../job.ts';
import type { UploadNotice } from '../messages.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';

export interface JobReader {
  /** Header, tasks and chunks, read consistently. */
  read(jobId: string): Promise<Job | undefined>;
}

/** Reads of a job that may have a thousand chunks, for those who need few of them. Consistent like the whole. */
export interface JobPartReader {
  /** Header and the one task or chunk; undefined when either is not there. */
  readPart(jobId: string, name: string): Promise<Job | undefined>;
  /** Header and tasks, without the chunks. */
  readTasks(jobId: string): Promise<Job | undefined>;
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

/** What dispatch found and decided. */
export interface PlannedJob {
  readonly probe: Probe;
  readonly plan: Plan;
  readonly lane: Lane;
  readonly laneReason: string;
}

export interface JobPlans {
  /**
   * Records what is planned, before any task of it, unless something is recorded; gives what stands. Two dispatches may
   * decide differently, and their tasks must not mix.
   */
  settlePlan(jobId: string, planned: PlannedJob, now: number): Promise<PlannedJob>;
}

export interface JobIntake {
  /**
   * Ties one upload (bucket, key, version id or sequencer, profile hash) to one job id: the first caller's
   * `newId`, or the id reserved for the key by an upload grant; every later caller gets the same id.
   */
  claimSource(notice: UploadNotice, profileHash: string, newId: string, now: number): Promise<IntakeDecision>;
  /** Records the header; does nothing when it stands already (a reserved one turns `queued`). */
  recordJob(header: JobHeader): Promise<void>;
  /** Records the tasks, chunks among them, then marks the job planned; safe to repeat. */
  recordPlan(jobId: string, planned: PlannedJob, tasks: readonly Task[], now: number): Promise<void>;
  markPublished(jobId: string): Promise<void>;
}

export interface JobCloser {
  /**
   * Ends a job: `queued`/`processing` to its final state with error, master playlist and manifest. One conditional
   * write; true for the one caller that made the change.
   */
  close(
    jobId: string,
    end: {
      readonly state: 'completed' | 'failed' | 'canceled';
      readonly error: JobError | null;
      /** Absent: none. */
      readonly playlist?: Output | null;
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
