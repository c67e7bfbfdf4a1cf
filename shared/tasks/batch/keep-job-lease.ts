import { setTimeout as delay } from 'node:timers/promises';
import type { BatchRun } from '../../core/batch-run.ts';
import type { BatchLeases, BatchRuns } from '../../core/ports/batch.ts';
import type { Clock, Log } from '../../core/ports/host.ts';
import { ClaimLost } from '../keep-claim.ts';

export interface JobLeasePorts {
  readonly leases: BatchLeases;
  readonly runs: Pick<BatchRuns, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface JobLeaseOptions {
  readonly jobId: string;
  /** Unique for every attempt of every container. */
  readonly worker: string;
  readonly batchJobId: string;
  readonly leaseMs: number;
}

export interface JobLease {
  /** Aborted with {@link ClaimLost}. */
  readonly signal: AbortSignal;
  /** Renews the lease; throws {@link ClaimLost} when another container has it. */
  renew(): Promise<BatchRun>;
  /** Ends the run of the job; false when doorbells came since `rings` was read, and the lease is kept on. */
  close(rings: number): Promise<boolean>;
  /** Ends the renewals and gives the lease back. */
  release(): Promise<void>;
}

/** Renewals in the time of a lease. */
const RENEWALS = 3;
/** Looks at somebody else's lease in the time between its renewals. */
const LOOKS = 2;
const LEAST_WAIT_MS = 10;

/**
 * Takes the lease of a job and renews it. One that another worker holds is watched until it has run out, which it
 * does after a worker that died, or has been renewed.
 * @param signal Ends the watching; its reason is thrown.
 * @returns Undefined when another container lives.
 */
export async function takeJobLease(
  ports: JobLeasePorts,
  options: JobLeaseOptions,
  signal: AbortSignal,
): Promise<JobLease | undefined> {
  let seen: BatchRun['lease'] = null;
  for (;;) {
    signal.throwIfAborted();
    const at = ports.clock();
    const run = await take(ports, options, at);
    if (run !== undefined) return keepJobLease(ports, options, at);
    const lease: BatchRun['lease'] = (await ports.runs.read(options.jobId))?.lease ?? null;
    if (lease !== null && seen !== null) {
      if (lease.worker !== seen.worker || lease.expiresAt > seen.expiresAt) return undefined;
    }
    if (seen === null) ports.log.info({ ...about(options), lease }, 'job is in other hands');
    seen = lease;
    const left = (lease?.expiresAt ?? at) - ports.clock();
    const look = options.leaseMs / RENEWALS / LOOKS;
    await delay(Math.max(LEAST_WAIT_MS, Math.min(left, look)), undefined, { signal });
  }
}

function keepJobLease(ports: JobLeasePorts, options: JobLeaseOptions, takenAt: number): JobLease {
  const { leases, clock, log } = ports;
  const { jobId, worker } = options;
  const lost = new AbortController();
  let leaseUntil = takenAt + options.leaseMs;

  async function renew(): Promise<BatchRun> {
    const now = clock();
    const run = await take(ports, options, now);
    if (run === undefined) {
      const reason = new ClaimLost('Another container holds the job.', true);
      lost.abort(reason);
      throw reason;
    }
    leaseUntil = now + options.leaseMs;
    return run;
  }

  async function keep(stopped: AbortSignal): Promise<void> {
    while (!lost.signal.aborted) {
      await delay(options.leaseMs / RENEWALS, undefined, { signal: stopped });
      await renew().catch((error: unknown) => {
        log.warn({ ...about(options), err: error }, 'lease of the job not renewed');
        if (clock() >= leaseUntil)
          lost.abort(new ClaimLost('The lease of the job could not be renewed in time.', false));
      });
    }
  }

  let stopKeeping = startKeeping();

  /** @returns What ends the renewals and waits for the one under way. */
  function startKeeping(): () => Promise<void> {
    const stopped = new AbortController();
    const keeping = keep(stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
    return () => {
      stopped.abort();
      return keeping;
    };
  }

  return {
    signal: lost.signal,
    renew,
    async close(rings) {
      // A renewal after the end would open the run again.
      await stopKeeping();
      const closed = await leases.close(jobId, worker, rings);
      if (!closed) stopKeeping = startKeeping();
      return closed;
    },
    async release() {
      await stopKeeping();
      await leases.release(jobId, worker);
    },
  };
}

function take(
  { leases }: JobLeasePorts,
  { jobId, worker, batchJobId, leaseMs }: JobLeaseOptions,
  now: number,
): Promise<BatchRun | undefined> {
  return leases.take(jobId, { worker, batchJobId, now, leaseMs });
}

function about({ jobId, worker }: JobLeaseOptions): { readonly jobId: string; readonly worker: string } {
  return { jobId, worker };
}
