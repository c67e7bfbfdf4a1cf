import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Log, MeasureMemory } from '../core/ports/host.ts';
import type { MessageLease } from '../core/ports/messaging.ts';
import type { ClaimRef, TaskLedger } from '../core/ports/task-ledger.ts';

export interface KeepClaimPorts {
  readonly jobs: Pick<TaskLedger, 'heartbeat'>;
  /** The message that rang; hidden for as long as the lease lasts. */
  readonly message: MessageLease;
  readonly measureMemory: MeasureMemory;
  /** What the attempt has used so far of a container; absent where the host bills the time since the claim. */
  readonly usedVcpuSeconds?: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface KeepClaimTimes {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** MB at which the host stops the worker. */
  readonly memoryLimitMb: number;
}

/**
 * How long a message stays hidden, in leases: it must come back after the lease has run out, since one that meets a
 * live lease is done with, and the lease is renewed for up to a third of itself after the message was hidden.
 * Still far less than the queue's own time, which covers the longest run of the function.
 */
const HIDDEN_LEASES = 1.4;

/** The claim went to somebody else, or may have: whatever is under way here is of no use. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  /** Whether another attempt is known to hold the task, which then needs no further message. */
  readonly taken: boolean;

  constructor(message: string, taken: boolean) {
    super(message);
    this.taken = taken;
  }
}

export interface KeptClaim {
  /** Aborted with {@link ClaimLost}. */
  readonly signal: AbortSignal;
  /** 0 to 1; goes out with the next heartbeat. */
  report(fraction: number): void;
  /** Ends the heartbeats and waits for the one under way. */
  stop(): Promise<void>;
}

/**
 * Keeps a claim and its message for as long as the work takes: a heartbeat with progress and memory use every
 * `heartbeatMs`, the message hidden anew every third of the lease. A heartbeat that fails is tried again until
 * the lease has run out; then the claim counts as lost.
 * @param floor Progress that earlier attempts have reached.
 */
export function keepClaim(
  ports: KeepClaimPorts,
  times: KeepClaimTimes,
  claim: ClaimRef,
  floor: number,
): KeptClaim {
  const lost = new AbortController();
  const stopped = new AbortController();
  let progress = floor;
  let leaseUntil = ports.clock() + times.leaseMs;
  let hiddenAt = Number.NEGATIVE_INFINITY;

  async function hideMessage(now: number): Promise<void> {
    if (now - hiddenAt < times.leaseMs / 3) return;
    await ports.message.extend((HIDDEN_LEASES * times.leaseMs) / 1000);
    hiddenAt = now;
  }

  async function beat(): Promise<void> {
    const usedMb = await ports.measureMemory();
    const now = ports.clock();
    const held = await ports.jobs.heartbeat(claim, {
      progress,
      memory: usedMb === null ? null : { usedMb, limitMb: times.memoryLimitMb },
      ...(ports.usedVcpuSeconds !== undefined && { vcpuSeconds: ports.usedVcpuSeconds() }),
      now,
      leaseMs: times.leaseMs,
    });
    if (!held) {
      lost.abort(new ClaimLost('Another attempt holds the task.', true));
      return;
    }
    leaseUntil = now + times.leaseMs;
    await hideMessage(now);
  }

  async function run(): Promise<void> {
    await attempt(() => hideMessage(ports.clock()));
    while (!lost.signal.aborted) {
      await delay(times.heartbeatMs, undefined, { signal: stopped.signal });
      await attempt(beat);
    }
  }

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      ports.log.warn({ err: error, jobId: claim.jobId, task: claim.task }, 'heartbeat failed');
      if (ports.clock() >= leaseUntil)
        lost.abort(new ClaimLost('The lease could not be renewed in time.', false));
    }
  }

  const running = run().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });

  return {
    signal: lost.signal,
    report(fraction) {
      progress = Math.max(progress, Math.min(1, fraction));
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
