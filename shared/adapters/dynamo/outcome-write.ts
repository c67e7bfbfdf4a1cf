import { MAX_ATTEMPTS } from '../../core/job.ts';
import type { TaskOutcome } from '../../core/ports/task-ledger.ts';
import { boundedError, boundedText, boundedWarnings } from './bounded-text.ts';

/** What the end of an attempt changes beside usage, lease and times, as parts of an update expression. */
export interface OutcomeWrite {
  readonly sets: readonly string[];
  readonly removes: readonly string[];
  readonly values: Record<string, unknown>;
}

/** @param attempt The one that ends. */
export function outcomeWrite(outcome: TaskOutcome, attempt: number): OutcomeWrite {
  switch (outcome.kind) {
    case 'succeeded':
      return {
        sets: [
          '#state = :to',
          '#outputs = :outputs',
          '#media = :media',
          '#streams = :streams',
          '#warnings = :warnings',
          '#finishedAt = :at',
          '#progress = :one',
        ],
        removes: ['#error'],
        values: {
          to: 'succeeded',
          outputs: outcome.outputs,
          media: outcome.media ?? [],
          streams: outcome.streams ?? [],
          warnings: boundedWarnings(outcome.warnings),
        },
      };
    case 'failed':
      return {
        sets: ['#state = :to', '#error = :error', '#finishedAt = :at'],
        removes: [],
        values: { to: 'failed', error: boundedError(outcome.error) },
      };
    case 'released':
      return outcome.error === null
        ? { sets: ['#state = :to'], removes: ['#error'], values: { to: 'pending' } }
        : {
            sets: ['#state = :to', '#error = :error'],
            removes: [],
            values: { to: 'pending', error: boundedError(outcome.error) },
          };
    case 'returned':
      return {
        sets: ['#state = :to', '#attempt = #attempt - :one'],
        removes: ['#error'],
        values: { to: 'pending' },
      };
    case 'handedOver':
      return movedToBatch(outcome.reason, attempt);
  }
}

/**
 * A task on its way to the lane `batch`, with at least one attempt left: that its function was too small is no failure.
 * It is rung for as one that is new there.
 * @param reason Null: the job says it for all of its tasks.
 * @param attempt Its latest.
 */
export function movedToBatch(reason: string | null, attempt: number): OutcomeWrite {
  const isOwn = reason !== null;
  return {
    sets: [
      '#state = :to',
      '#lane = :batch',
      '#attempt = :counted',
      ...(isOwn ? ['#laneReason = :reason'] : []),
    ],
    removes: ['#error', '#ringAt', '#ringGap', ...(isOwn ? [] : ['#laneReason'])],
    values: {
      to: 'pending',
      batch: 'batch',
      ...(isOwn && { reason: boundedText(reason) }),
      counted: Math.min(attempt, MAX_ATTEMPTS - 1),
    },
  };
}
