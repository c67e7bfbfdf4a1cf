import { randomUUID } from 'node:crypto';
import type { CONTAINER_STATES } from '../../../shared/core/ports/batch.ts';
import type { JobDefinitionDeclaration, JobQueueDeclaration } from '../declarations/batch.ts';
import type { AttemptEnd } from './retry-rules.ts';

export type BatchJobState = (typeof CONTAINER_STATES)[number];

/** What SubmitJob asks for. */
export interface Submission {
  readonly name: string;
  readonly queue: JobQueueDeclaration;
  readonly definition: JobDefinitionDeclaration;
  readonly parameters: Readonly<Record<string, string>>;
  /** Over the definition's. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface BatchAttempt extends AttemptEnd {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly stoppedAt: number;
}

/** One job of the embedded Batch; every change makes a new value. */
export interface BatchJob extends Submission {
  readonly id: string;
  readonly state: BatchJobState;
  readonly statusReason: string | null;
  /** Those that have ended. */
  readonly attempts: readonly BatchAttempt[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Of the latest attempt; null before the first. */
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
}

export function newJob(submission: Submission, now: number): BatchJob {
  return {
    ...submission,
    id: randomUUID(),
    state: 'SUBMITTED',
    statusReason: null,
    attempts: [],
    createdAt: now,
    startedAt: null,
    stoppedAt: null,
  };
}

export function hasEnded({ state }: BatchJob): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED';
}
