import type { JobError, Warning } from '../errors.ts';
import type { MediaFile } from '../hls/media-file.ts';
import type { StreamFacts } from '../hls/stream-facts.ts';
import type { Lane, Lease, MemoryUse, Output, Task, Usage } from '../job.ts';

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
      /** Absent, like `streams`: none. */
      readonly media?: readonly MediaFile[];
      readonly streams?: readonly StreamFacts[];
      readonly warnings: readonly Warning[];
      readonly usage: Usage;
    }
  | { readonly kind: 'failed'; readonly error: JobError; readonly usage: Usage }
  /** Back to `pending`, for a further attempt. */
  | { readonly kind: 'released'; readonly error: JobError | null; readonly usage: Usage }
  /** Back to `pending` as if the attempt had not been: the host was taken away, which is nobody's failure. */
  | { readonly kind: 'returned'; readonly usage: Usage }
  /** Back to `pending` in the lane `batch` with at least one attempt left, for the reason given, in words. */
  | { readonly kind: 'handedOver'; readonly reason: string; readonly usage: Usage };

/** What is absent stays as it is. */
export interface TaskNotes {
  readonly outputs?: readonly Output[];
  readonly upload?: string;
}

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
      /** What the attempt has used so far of a container; absent where the time since the claim is billed. */
      readonly vcpuSeconds?: number;
      readonly now: number;
      readonly leaseMs: number;
    },
  ): Promise<boolean>;
  /** Ends the attempt; false when the claim is no longer the live one, and nothing was written. */
  settle(claim: ClaimRef, outcome: TaskOutcome, now: number): Promise<boolean>;
  /** Records what a live claim has reached before its end; false when the claim is no longer the live one. */
  note(claim: ClaimRef, notes: TaskNotes, now: number): Promise<boolean>;
  /** Fails a task that no live lease holds (pending or expired); false when one does or it has ended. */
  failUnclaimed(jobId: string, task: string, error: JobError, now: number): Promise<boolean>;
  /**
   * Whether the doorbell of a task that nobody holds is to be rung again. True at most once in `afterMs`, then in
   * twice that and so on, so that a task that only waits in a long queue is not rung for at every look.
   */
  ringDue(jobId: string, task: string, now: number, afterMs: number): Promise<boolean>;
}

export interface TaskHandOver {
  /**
   * Moves a task that no live lease holds to the lane `batch`; false when one does, or it has ended, or it is there
   * already. At least one attempt is left to the container. What a lost attempt used is added to the task's usage.
   */
  handOverUnclaimed(jobId: string, task: string, reason: string, now: number): Promise<boolean>;
}
