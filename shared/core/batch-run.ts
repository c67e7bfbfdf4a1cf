/** Fargate Spot first; on demand where Spot loses the container or never starts it. */
export const BATCH_QUEUES = ['spot', 'onDemand'] as const;
export type BatchQueue = (typeof BATCH_QUEUES)[number];

export const BATCH_RUN_STATES = ['submitting', 'submitted', 'ended'] as const;
export type BatchRunState = (typeof BATCH_RUN_STATES)[number];

/**
 * The container that works on a job's tasks of the lane `batch`: one at a time per job, elected by conditional writes,
 * because names are not unique in AWS Batch.
 */
export interface BatchRun {
  readonly jobId: string;
  /** Submissions so far; 1 for the first. */
  readonly generation: number;
  readonly state: BatchRunState;
  readonly queue: BatchQueue;
  /** Null until the submission is recorded; a worker that starts before that records itself. */
  readonly batchJobId: string | null;
  /** Doorbells that came while this run was under way; a run may only end when it has seen them all. */
  readonly rings: number;
  /** Runs of this job that Spot took away. */
  readonly spotLosses: number;
  /** Epoch milliseconds of the latest election. */
  readonly submittedAt: number;
  /** Epoch milliseconds of the first lease of this generation; null until the container works. */
  readonly startedAt: number | null;
  /** Of the whole job: one container at a time. */
  readonly lease: { readonly worker: string; readonly expiresAt: number } | null;
}

/** A job is submitted at most this many times. */
export const MAX_SUBMISSIONS = 5;
/** Losses after which a job no longer asks for Spot. */
export const MAX_SPOT_LOSSES = 2;
/** Whoever is elected to submit and dies before the submission is recorded is succeeded after this time. */
export const SUBMITTING_MS = 60_000;

/** Whether a container is there for the job, or about to be asked for. @param now Epoch milliseconds. */
export function isUnderWay({ state, submittedAt }: BatchRun, now: number): boolean {
  return state === 'submitted' || (state === 'submitting' && now < submittedAt + SUBMITTING_MS);
}

/** Exit codes of the container's entry point; the retry strategy of the job definitions reads them. */
export const WORKER_EXIT = {
  /** Nothing is left to do, or another container does it: whatever became of the tasks is recorded. */
  done: 0,
  /** A setting is wrong: the next attempt would end the same way. */
  misconfigured: 64,
  /** Something that may pass (EX_TEMPFAIL): the container is worth another attempt. */
  retry: 75,
  /** SIGTERM: the tasks are given back. */
  terminated: 143,
} as const;
