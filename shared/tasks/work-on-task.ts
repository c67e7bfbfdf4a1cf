import { backoffSeconds } from '../core/backoff-seconds.ts';
import type { JobError } from '../core/errors.ts';
import type { Job, Task, Usage } from '../core/job.ts';
import type { MessageLease } from '../core/ports/messaging.ts';
import type { ClaimRef, TaskLedger, TaskNotes, TaskOutcome } from '../core/ports/task-ledger.ts';
import type { Make } from '../core/ports/work.ts';
import { hostTime } from '../core/route/project-end.ts';
import { type AttemptPorts, attemptTask } from './attempt-task.ts';
import { ClaimLost, type KeepClaimPorts, keepClaim } from './keep-claim.ts';
import type { TaskHost } from './task-host.ts';
import { type WatchHostPorts, watchHost } from './watch-host.ts';

export interface WorkPorts extends AttemptPorts, KeepClaimPorts, WatchHostPorts {
  readonly jobs: Pick<TaskLedger, 'heartbeat' | 'settle' | 'note'>;
  readonly message: MessageLease;
}

/** How an attempt ends that threw. */
export type Verdict =
  | { readonly kind: 'failed' | 'released'; readonly error: JobError }
  | { readonly kind: 'handedOver'; readonly reason: string }
  | { readonly kind: 'returned' };

/** How an attempt has ended. */
export interface AttemptEnd {
  readonly kind: TaskOutcome['kind'];
  /** A newer attempt holds the task: nothing of this one counts. */
  readonly isLost: boolean;
  /** What the maker threw, if so. */
  readonly thrown?: unknown;
}

/**
 * Makes and commits the outputs of a claimed task under a lease that is kept, and settles.
 * @param calledAt Epoch milliseconds at which the host began to count.
 * @param judge How an attempt ends that threw.
 * @throws what the maker threw, when the message is to come again for a further attempt
 */
export async function workOnTask(
  ports: WorkPorts,
  job: Job,
  task: Task,
  make: Make,
  { host, worker, calledAt }: { readonly host: TaskHost; readonly worker: string; readonly calledAt: number },
  judge: (thrown: unknown) => Verdict,
): Promise<AttemptEnd> {
  const { jobs, clock, log } = ports;
  const startedAt = clock();
  const claim: ClaimRef = { jobId: job.header.id, task: task.name, worker, attempt: task.attempt };
  const about = { ...claim };
  log.info(about, 'attempt started');

  const times = { leaseMs: host.leaseMs, heartbeatMs: host.heartbeatMs, memoryLimitMb: host.memoryMb };
  const kept = keepClaim(ports, times, claim, task.progress);
  const usage = (): Usage => ({ billedMs: clock() - startedAt, memoryMb: host.memoryMb, vcpuSeconds: 0 });

  /**
   * Writes nothing when a newer attempt holds the task: then nothing of this one counts. When nothing was written
   * because only the answer to an earlier write was lost, what follows must be done, so it is done either way.
   */
  async function settle(outcome: TaskOutcome, thrown?: unknown): Promise<AttemptEnd> {
    await kept.stop();
    const lost: unknown = kept.signal.reason;
    if (lost instanceof ClaimLost && !lost.taken) throw lost;
    const settled = !kept.signal.aborted && (await jobs.settle(claim, outcome, clock()));
    log.info({ ...about, outcome: settled ? outcome.kind : 'lost' }, 'attempt ended');
    return { kind: outcome.kind, isLost: kept.signal.aborted, thrown };
  }

  async function note(notes: TaskNotes): Promise<void> {
    if (await jobs.note(claim, notes, clock())) return;
    throw new ClaimLost('Another attempt holds the task.', true);
  }

  const maker = watched(ports, task.name, make, host, calledAt);
  let made: Awaited<ReturnType<typeof attemptTask>>;
  try {
    made = await attemptTask(ports, job, maker, { task, signal: kept.signal, report: kept.report, note });
  } catch (thrown) {
    const verdict = judge(thrown);
    if (!kept.signal.aborted) tell(ports, about, verdict, thrown);
    const end = await settle({ ...verdict, usage: usage() }, thrown);
    if (verdict.kind !== 'released' || end.isLost) return end;
    await ports.message.extend(backoffSeconds(task.attempt, host.leaseMs));
    throw thrown;
  }
  return settle({ kind: 'succeeded', ...made, usage: usage() });
}

function tell({ log }: WorkPorts, about: object, verdict: Verdict, thrown: unknown): void {
  switch (verdict.kind) {
    case 'returned':
      log.debug({ ...about, err: thrown }, 'task given back');
      return;
    case 'handedOver':
      log.info({ ...about, err: thrown, reason: verdict.reason }, 'task handed over');
      return;
    case 'failed':
    case 'released':
      log.warn({ ...about, err: thrown, code: verdict.error.code }, 'attempt failed');
  }
}

/** Where a container can take the task over, the maker is stopped before the host stops it. */
function watched(ports: WatchHostPorts, task: string, make: Make, host: TaskHost, calledAt: number): Make {
  const { deadline, handOver, heartbeatMs } = host;
  if (handOver === null) return make;
  const time = deadline === null ? null : hostTime(calledAt, deadline, handOver.reserveMs);
  return watchHost(ports, { task, time, lookMs: heartbeatMs }, make);
}
