import { type JobError, MillraceError, toJobError } from '../../core/errors.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { HandOver, handOverReason } from '../hand-over.ts';

/**
 * What a further attempt at a chunk, or at a join, would end with, too: the source cannot be cut, or the host is too
 * small. Null where it may go better, or where it is an error like any other.
 */
export function finalError(thrown: unknown, task: string): JobError | null {
  if (thrown instanceof NotSplittable) {
    return toJobError(new MillraceError('encode.failed', thrown.message, { cause: thrown }), task);
  }
  if (thrown instanceof MillraceError && !thrown.retryable) return toJobError(thrown, task);
  const reason = handOverReason(thrown, task);
  if (reason === null) return null;
  const code = thrown instanceof HandOver ? 'limit.timeout' : 'limit.disk';
  return toJobError(new MillraceError(thrown instanceof MillraceError ? thrown.code : code, reason), task);
}
