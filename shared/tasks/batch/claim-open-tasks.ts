import { openBatchTasks } from '../../core/batch-tasks.ts';
import type { Job, Task } from '../../core/job.ts';
import { lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { TaskLedger } from '../../core/ports/task-ledger.ts';
import { advanceJob } from '../advance-job.ts';
import { type FailTaskPorts, failTask } from '../fail-task.ts';
import { silenceBeforeEnd } from '../task-host.ts';
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
  const open = openBatchTasks(job);
  const soonFree = lastSoonFree(open, claimant, ports.clock());
  if (soonFree !== null) return soonFree;
  let freeAt: number | null = null;
  for (const task of open) {
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

/**
 * When the last of those leases ends that end within two heartbeats, or a quarter of a lease where that is less: those
 * of a container that died, all of them renewed at about the same time. Without waiting for it, its tasks would be made
 * from one decode each.
 */
function lastSoonFree(
  tasks: readonly Task[],
  { worker, heartbeatMs, leaseMs }: Claimant,
  now: number,
): number | null {
  const until = now + Math.min(2 * heartbeatMs, leaseMs / 4);
  const ends = tasks.flatMap(({ lease }) =>
    lease !== null && lease.worker !== worker && lease.expiresAt > now && lease.expiresAt <= until
      ? [lease.expiresAt]
      : [],
  );
  return ends.length === 0 ? null : Math.max(...ends);
}
