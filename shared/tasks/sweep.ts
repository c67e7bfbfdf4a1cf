import type { OpenWork } from '../core/ports/job-store.ts';
import { type SweepBatchPorts, type SweepBatchSettings, sweepBatch } from './batch/sweep-batch.ts';
import {
  NOTHING_SWEPT,
  type SweepCounts,
  type SweepJobPorts,
  type SweepSettings,
  sweepJob,
} from './sweep-job.ts';
import { sweepUpload } from './sweep-upload.ts';

export interface SweepPorts extends SweepJobPorts, SweepBatchPorts {
  readonly jobs: SweepJobPorts['jobs'] & SweepBatchPorts['jobs'];
  readonly work: OpenWork;
}

export interface SweepResult extends SweepCounts {
  /** Open jobs looked at. */
  readonly jobs: number;
  /** Reservations that nobody uploaded to. */
  readonly expired: number;
}

/** Looked at side by side. */
const CONCURRENCY = 16;

/**
 * Looks at everything that is not over and goes on with what was left lying.
 * @throws AggregateError at the end, when all has been looked at, if something could not be dealt with
 */
export async function sweep(
  ports: SweepPorts,
  settings: SweepSettings & SweepBatchSettings,
): Promise<SweepResult> {
  const { work, clock } = ports;
  const total = { ...NOTHING_SWEPT, jobs: 0, expired: 0 };
  const errors: unknown[] = [];

  async function each(names: readonly string[], look: (name: string) => Promise<void>): Promise<void> {
    for (let start = 0; start < names.length; start += CONCURRENCY) {
      const looks = await Promise.allSettled(names.slice(start, start + CONCURRENCY).map(look));
      errors.push(...looks.flatMap((ended) => (ended.status === 'rejected' ? [ended.reason] : [])));
    }
  }

  await each(await work.overdueReservations(clock()), async (jobId) => {
    if (await work.expireReservation(jobId, clock())) total.expired += 1;
  });
  await each(await work.unrecordedUploads(clock() - settings.afterMs), async (name) => {
    if (await sweepUpload(ports, settings, name)) total.renotified += 1;
  });
  let cursor: string | null | undefined;
  do {
    const page = await work.openJobs(cursor ?? undefined);
    await each(page.jobIds, async (jobId) => {
      total.jobs += 1;
      add(total, await sweepJob(ports, settings, jobId));
      total.rung += await sweepBatch(ports, settings, jobId);
    });
    cursor = page.cursor;
  } while (cursor !== null);

  ports.log.info(total, 'swept');
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} looks of the sweep failed.`);
  return total;
}

function add(total: SweepCounts, counts: SweepCounts): void {
  total.renotified += counts.renotified;
  total.rung += counts.rung;
  total.failed += counts.failed;
  total.finalized += counts.finalized;
  total.announced += counts.announced;
}
