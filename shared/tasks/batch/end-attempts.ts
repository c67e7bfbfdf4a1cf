import { backoffSeconds } from '../../core/backoff-seconds.ts';
import { toJobError, type Warning } from '../../core/errors.ts';
import { MAX_ATTEMPTS } from '../../core/job.ts';
import type { Log } from '../../core/ports/host.ts';
import { type AdvancePorts, advanceJob } from '../advance-job.ts';
import type { Committed } from '../commit-made.ts';
import type { HeldTasks } from './held-tasks.ts';

export interface EndAttemptsPorts extends AdvancePorts {
  readonly log: Log;
}

/** What becomes of attempts; both reject when that cannot be recorded. Nothing happens to a task that is not held. */
export interface EndAttempts {
  succeed(task: string, made: Committed & { readonly warnings: readonly Warning[] }): Promise<void>;
  /** Gives the task back for a further attempt when that can help and one is left; else the task has failed. */
  fail(task: string, thrown: unknown): Promise<void>;
  /** Milliseconds to wait before the tasks that were given back are tried again; 0 when there are none. */
  pauseMs(): number;
}

export function endAttempts(
  ports: EndAttemptsPorts,
  jobId: string,
  held: HeldTasks,
  leaseMs: number,
): EndAttempts {
  let pauseMs = 0;
  return {
    async succeed(task, made) {
      if (held.get(task) === undefined) return;
      await held.settle(task, (usage) => ({ kind: 'succeeded', ...made, usage }));
      await advanceJob(ports, jobId, task);
    },
    async fail(task, thrown) {
      const attempt = held.get(task)?.task.attempt;
      if (attempt === undefined) return;
      const error = toJobError(thrown, task);
      ports.log.warn({ jobId, task, attempt, err: thrown, code: error.code }, 'attempt failed');
      if (error.retryable && attempt < MAX_ATTEMPTS) {
        await held.settle(task, (usage) => ({ kind: 'released', error, usage }));
        pauseMs = Math.max(pauseMs, backoffSeconds(attempt, leaseMs) * 1000);
        return;
      }
      await held.settle(task, (usage) => ({ kind: 'failed', error, usage }));
      await advanceJob(ports, jobId, task);
    },
    pauseMs: () => pauseMs,
  };
}
