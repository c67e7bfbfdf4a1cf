import { MillraceError } from './errors.ts';
import { MAX_ATTEMPTS, type Task } from './job.ts';

/** Above this share of the limit at the last sign of life, memory is what ended the attempt. */
const MEMORY_SHARE = 0.85;

/**
 * Why the last attempt of a task ended without a word, from what its lease last said. The host stops a worker at
 * its deadline or above its memory without telling anybody.
 *
 * @param leaseMs The lease that every sign of life renews.
 * @param silenceMs How long before its end a worker may have given its last sign of life.
 */
export function lostAttemptError(
  task: Task,
  times: { readonly leaseMs: number; readonly silenceMs: number },
): MillraceError {
  const { lease } = task;
  const which = `The last of ${MAX_ATTEMPTS} attempts at ${task.name}`;
  if (lease !== null) {
    const lastSign = lease.expiresAt - times.leaseMs;
    if (lease.deadline !== null && lease.deadline - lastSign <= times.silenceMs) {
      return new MillraceError(
        'limit.timeout',
        `${which} was stopped at the time limit of its worker, at ${Math.floor(task.progress * 100)} % of the work.`,
      );
    }
    if (lease.memory !== null && lease.memory.usedMb >= MEMORY_SHARE * lease.memory.limitMb) {
      return new MillraceError(
        'limit.memory',
        `${which} ended when ${Math.round(lease.memory.usedMb)} of ${Math.round(lease.memory.limitMb)} MB of memory were in use.`,
      );
    }
  }
  return new MillraceError('infrastructure', `${which} ended without a result.`, { retryable: true });
}
