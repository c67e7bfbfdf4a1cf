import { MillraceError } from './errors.ts';
import { MAX_ATTEMPTS, type Task } from './job.ts';

/** Above this share of the limit at the last sign of life, memory is what ended the attempt. */
const MEMORY_SHARE = 0.85;

/** What ended an attempt without a word. */
export type LostBy = 'timeout' | 'memory' | 'unknown';

export interface LossTimes {
  /** The lease that every sign of life renews. */
  readonly leaseMs: number;
  /** How long before its end a worker may have given its last sign of life. */
  readonly silenceMs: number;
}

/**
 * Why an attempt ended without a word, from what its lease last said. The host stops a worker at its deadline or
 * above its memory without telling anybody.
 * @param task Running, under a lease that has run out; without one, nothing is known.
 */
export function lostBy({ lease }: Task, times: LossTimes): LostBy {
  if (lease === null) return 'unknown';
  const lastSign = lease.expiresAt - times.leaseMs;
  if (lease.deadline !== null && lease.deadline - lastSign <= times.silenceMs) return 'timeout';
  const { memory } = lease;
  return memory !== null && memory.usedMb >= MEMORY_SHARE * memory.limitMb ? 'memory' : 'unknown';
}

/** How a task ends whose last attempt ended so. */
export function lostAttemptError(task: Task, times: LossTimes): MillraceError {
  const which = `The last of ${MAX_ATTEMPTS} attempts at ${task.name}`;
  const by = lostBy(task, times);
  const memory = task.lease?.memory;
  if (by === 'timeout') {
    return new MillraceError(
      'limit.timeout',
      `${which} was stopped at the time limit of its worker, at ${Math.floor(task.progress * 100)} % of the work.`,
    );
  }
  if (by === 'memory' && memory) {
    return new MillraceError(
      'limit.memory',
      `${which} ended when ${Math.round(memory.usedMb)} of ${Math.round(memory.limitMb)} MB of memory were in use.`,
    );
  }
  return new MillraceError('infrastructure', `${which} ended without a result.`, { retryable: true });
}
