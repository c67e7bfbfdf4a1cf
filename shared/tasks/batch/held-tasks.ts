import type { Task, Usage } from '../../core/job.ts';
import type { ClaimRef, TaskLedger, TaskOutcome } from '../../core/ports/task-ledger.ts';
import { type KeepClaimPorts, type KeepClaimTimes, keepClaim } from '../keep-claim.ts';
import { shareProcessors } from './share-processors.ts';

export interface HeldTasksPorts extends Omit<KeepClaimPorts, 'message' | 'usedVcpuSeconds'> {
  readonly jobs: Pick<TaskLedger, 'heartbeat' | 'settle'>;
}

export interface HeldTask {
  /** As claimed. */
  readonly task: Task;
  /** Aborted when the claim is lost. */
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly report: (fraction: number) => void;
}

/** The claims of one container; a claim that is lost is no longer among them. */
export interface HeldTasks {
  /** Keeps the claim of a task from here on. */
  hold(task: Task): void;
  get(name: string): HeldTask | undefined;
  names(): readonly string[];
  /** Ends the attempt; nothing is written for a task that is not held (any more). */
  settle(name: string, outcome: (usage: Usage) => TaskOutcome): Promise<void>;
  /** Gives all that are held back, as if they had not been claimed. */
  giveBack(): Promise<void>;
}

/** No message rings for a container's tasks, one by one. */
const NO_MESSAGE = { extend: () => Promise.resolve() };

export function holdTasks(
  ports: HeldTasksPorts,
  times: KeepClaimTimes,
  { jobId, worker, vcpus }: { readonly jobId: string; readonly worker: string; readonly vcpus: number },
): HeldTasks {
  const { clock, log } = ports;
  const shares = shareProcessors(vcpus, clock);
  const held = new Map<string, HeldTask & { readonly claim: ClaimRef; readonly stop: () => Promise<void> }>();

  function drop(name: string): void {
    held.delete(name);
    shares.end(name);
  }

  async function settle(name: string, outcome: (usage: Usage) => TaskOutcome): Promise<void> {
    await held.get(name)?.stop();
    // Looked up again: the last heartbeat may have found the claim lost.
    const claim = held.get(name)?.claim;
    if (claim === undefined) return;
    const end = outcome({ billedMs: 0, memoryMb: 0, vcpuSeconds: shares.used(name) });
    const settled = await ports.jobs.settle(claim, end, clock());
    drop(name);
    log.info({ ...claim, outcome: settled ? end.kind : 'lost' }, 'attempt ended');
  }

  return {
    hold(task) {
      const { name, attempt } = task;
      const claim: ClaimRef = { jobId, task: name, worker, attempt };
      const kept = keepClaim(
        { ...ports, message: NO_MESSAGE, usedVcpuSeconds: () => shares.used(name) },
        times,
        claim,
        task.progress,
      );
      kept.signal.addEventListener('abort', () => {
        log.warn({ ...claim, err: kept.signal.reason }, 'claim lost');
        drop(name);
      });
      shares.begin(name);
      held.set(name, { task, claim, ...kept });
      log.info({ ...claim }, 'attempt started');
    },
    get: (name) => held.get(name),
    names: () => [...held.keys()],
    settle,
    async giveBack() {
      const returned = [...held.keys()].map((name) => settle(name, (usage) => ({ kind: 'returned', usage })));
      for (const each of await Promise.allSettled(returned)) {
        // Its lease will run out.
        if (each.status === 'rejected') log.warn({ err: each.reason, jobId }, 'task not given back');
      }
    },
  };
}
