import type { TaskOutcome } from '../../core/ports/task-ledger.ts';
import { boundedError, boundedText, boundedWarnings } from './bounded-text.ts';

/** What the end of an attempt changes beside usage, lease and times, as parts of an update expression. */
export interface OutcomeWrite {
  readonly sets: readonly string[];
  readonly removes: readonly string[];
  readonly values: Record<string, unknown>;
}

export function outcomeWrite(outcome: TaskOutcome): OutcomeWrite {
  switch (outcome.kind) {
    case 'succeeded':
      return {
        sets: [
          '#state = :to',
          '#outputs = :outputs',
          '#warnings = :warnings',
          '#finishedAt = :at',
          '#progress = :one',
        ],
        removes: ['#error'],
        values: {
          to: 'succeeded',
          outputs: outcome.outputs,
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
      return movedToBatch(outcome.reason);
  }
}

/** A task on its way to the lane `batch`; the doorbell there starts with the short gaps of a fresh one. */
export function movedToBatch(reason: string): OutcomeWrite {
  return {
    sets: ['#state = :to', '#lane = :batch', '#laneReason = :reason'],
    removes: ['#error', '#ringAt', '#ringGap'],
    values: { to: 'pending', batch: 'batch', reason: boundedText(reason) },
  };
}
