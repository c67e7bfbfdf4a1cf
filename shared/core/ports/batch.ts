import type { BatchQueue, BatchRun } from '../batch-run.ts';

export interface ContainerRequest {
  readonly jobId: string;
  readonly queue: BatchQueue;
  /** Scratch space that the work needs; the smallest size that holds it is taken. Null: the largest. */
  readonly scratchMb: number | null;
}

/** AWS Batch's own names. */
export const CONTAINER_STATES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;

/** What Batch says of one of its jobs, in an event or when asked. */
export interface ContainerStatus {
  readonly batchJobId: string;
  readonly state: (typeof CONTAINER_STATES)[number];
  /** In Batch's words, for example `Host EC2…`, `Job attempt duration exceeded timeout`, `Your Spot Task was interrupted.` */
  readonly statusReason: string | null;
  readonly exitCode: number | null;
  /** Of the container, for example `OutOfMemoryError: Container killed due to memory usage`. */
  readonly containerReason: string | null;
}

/** AWS Batch. */
export interface ContainerJobs {
  /** @returns Batch's id of the new job */
  submit(request: ContainerRequest): Promise<string>;
  /** Undefined when Batch does not know it (any more). */
  describe(batchJobId: string): Promise<ContainerStatus | undefined>;
  /** Ends it in whatever state it is; does nothing when it has ended. */
  terminate(batchJobId: string, reason: string): Promise<void>;
}

/** Who submits; every write is conditional on the generation it was decided for. */
export interface BatchRuns {
  read(jobId: string): Promise<BatchRun | undefined>;
  /**
   * One caller wins the right to submit generation `after + 1`, where `after` (0: none yet) is the generation that
   * must be the current one, and must have ended or been left in `submitting` for {@link SUBMITTING_MS}. `rings` start at 0.
   */
  elect(
    jobId: string,
    election: {
      readonly after: number;
      readonly queue: BatchQueue;
      readonly spotLosses: number;
      readonly now: number;
    },
  ): Promise<boolean>;
  /** Records Batch's id; false when the generation has ended or is not the current one. */
  recordSubmission(jobId: string, generation: number, batchJobId: string): Promise<boolean>;
  /** Counts a doorbell for a run that has not ended; false when there is none. */
  ring(jobId: string): Promise<boolean>;
}

/** How a run ends that no worker closed. */
export interface BatchRunEnder {
  /**
   * Ends the generation (container failed, gone, never started), voids its lease and notes how the next one is
   * to be asked for; false when it has ended or is not the current one.
   */
  end(
    jobId: string,
    generation: number,
    next: { readonly queue: BatchQueue; readonly spotLosses: number },
  ): Promise<boolean>;
}

/** The container's hold on the job. */
export interface BatchLeases {
  /**
   * Takes or renews the lease: when none lives, or it is the worker's own, or that of another attempt of the same
   * Batch job, which has ended. Also when the run has ended or was never recorded: the container is there, and whether
   * there is work only the tasks tell. The run is `submitted` then. Records `batchJobId`, and `startedAt` at the first.
   * @returns the run, or undefined when another worker holds it
   */
  take(
    jobId: string,
    lease: {
      /** `<batchJobId>#<attempt>` */
      readonly worker: string;
      readonly batchJobId: string;
      readonly now: number;
      readonly leaseMs: number;
    },
  ): Promise<BatchRun | undefined>;
  /** Ends the run when no doorbell came since `rings` was read and the worker still holds it; false otherwise. */
  close(jobId: string, worker: string, rings: number): Promise<boolean>;
  /** Gives the lease back without ending the run: Batch will say what becomes of it. */
  release(jobId: string, worker: string): Promise<void>;
}
