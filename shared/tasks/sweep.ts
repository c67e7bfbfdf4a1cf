import type { OpenWork } from '../core/ports.ts';
import {
  NOTHING_SWEPT,
  type SweepCounts,
  type SweepJobPorts,
  type SweepTimes,
  sweepJob,
} from './sweep-job.ts';

export interface SweepPorts extends SweepJobPorts {
  readonly work: OpenWork;
}

export interface SweepResult extends SweepCounts {
  /** Open jobs looked at. */
  readonly jobs: number;
  /** Reservations that nobody uploaded to. */
  readonly expired: number;
}

/** Jobs looked at side by side. */
const CONCURRENCY = 16;

/**
 * Looks at everything that is not over and goes on with what was left lying.
 * @throws AggregateError after all was looked at, when some of it could not be dealt with
 */
export async function sweep(ports: SweepPorts, times: SweepTimes): Promise<SweepResult> {
  const { work, uploads, clock } = ports;
  const total = { ...NOTHING_SWEPT, jobs: 0, expired: await work.expireReservations(clock()) };
  const errors: unknown[] = [];

  for (const notice of await work.unrecordedUploads(clock() - times.afterMs)) {
    await uploads.notify(notice);
    total.renotified += 1;
  }
  let cursor: string | null | undefined;
  do {
    const page = await work.openJobs(cursor ?? undefined);
    for (let start = 0; start < page.jobIds.length; start += CONCURRENCY) {
      const ids = page.jobIds.slice(start, start + CONCURRENCY);
      const swept = await Promise.allSettled(ids.map((id) => sweepJob(ports, times, id)));
      for (const result of swept) {
        total.jobs += 1;
        if (result.status === 'fulfilled') add(total, result.value);
        else errors.push(result.reason);
      }
    }
    cursor = page.cursor;
  } while (cursor !== null);

  ports.log.info(total, 'swept');
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} jobs could not be swept.`);
  return total;
}

function add(total: SweepCounts, counts: SweepCounts): void {
  total.renotified += counts.renotified;
  total.rung += counts.rung;
  total.failed += counts.failed;
  total.finalized += counts.finalized;
  total.announced += counts.announced;
}
