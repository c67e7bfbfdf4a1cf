import { openBatchTasks } from '../../core/batch-tasks.ts';
import type { Job } from '../../core/job.ts';
import { lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { TaskLedger } from '../../core/ports/task-ledger.ts';
import { advanceJob } from '../advance-job.ts';
import { type FailTaskPorts, failTask } from '../fail-task.ts';
import { silenceBeforeEnd } from '../run-task.ts';
import type { HeldTasks } from './held-tasks.ts';

export interface ClaimPorts extends FailTaskPorts {
  readonly jobs: FailTaskPorts['jobs'] & Pick<TaskLedger, 'claim'>;
}

/** Who claims. */
export interface Claimant {
  readonly worker: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Epoch milliseconds at which Batch stops the container; null when it does not. */
  readonly deadline: number | null;
}

/**
 * Claims every task of the lane `batch` that is open and waits for no other, one after the other, so that none is
 * claimed after a failure that nobody here would hold. One whose attempts are spent fails.
 * @returns Epoch milliseconds at which the first task in other hands may be free; null when there is none.
 */
export async function claimOpenTasks(
  ports: ClaimPorts,
  held: HeldTasks,
  job: Job,
  claimant: Claimant,
): Promise<number | null> {
  const { worker, leaseMs, deadline } = claimant;
  const jobId = job.header.id;
  let freeAt: number | null = null;
  for (const task of openBatchTasks(job)) {
    const claim = await ports.jobs.claim({
      jobId,
      task: task.name,
      lane: 'batch',
      worker,
      now: ports.clock(),
      leaseMs,
      deadline,
      memoryMb: 0,
    });
    switch (claim.kind) {
      case 'claimed':
        held.hold(claim.task);
        break;
      case 'busy':
        freeAt = Math.min(freeAt ?? claim.expiresAt, claim.expiresAt);
        break;
      case 'closed':
        await advanceJob(ports, jobId, task.name);
        break;
      case 'exhausted': {
        const times = { leaseMs, silenceMs: silenceBeforeEnd(claimant.heartbeatMs) };
        await failTask(ports, jobId, task.name, lostAttemptError(claim.task, times));
        break;
      }
    }
  }
  return freeAt;
}
