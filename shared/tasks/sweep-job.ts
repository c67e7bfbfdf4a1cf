import { isTerminalJob, type Job } from '../core/job.ts';
import { jobEnd } from '../core/job-end.ts';
import type { JobIntake } from '../core/ports/job-store.ts';
import type { UploadNotifier } from '../core/ports/messaging.ts';
import { taskUnheldSince } from '../core/unheld-since.ts';
import { announceJob } from './announce-job.ts';
import { type SweepChunksSettings, sweepChunks } from './chunks/sweep-chunks.ts';
import { type DispatchPorts, type DispatchSettings, publishPlanned } from './dispatch.ts';
import { finalizeJob } from './finalize-job.ts';
import { rejectJob } from './reject-job.ts';
import { type SweepTaskPorts, sweepTask } from './sweep-task.ts';
import { settingsChanged } from './sweep-upload.ts';

export interface SweepJobPorts extends SweepTaskPorts {
  readonly jobs: SweepTaskPorts['jobs'] & JobIntake;
  readonly uploads: UploadNotifier;
  readonly newId: DispatchPorts['newId'];
}

export interface SweepSettings extends SweepChunksSettings, Pick<DispatchSettings, 'profileHash' | 'lane'> {}

/** What a look at one job led to. */
export interface SweepCounts {
  /** Uploads given to dispatch again. */
  renotified: number;
  /** Doorbells rung again, those of tasks that go from a lost function to a container among them. */
  rung: number;
  failed: number;
  finalized: number;
  announced: number;
}

export const NOTHING_SWEPT: Readonly<SweepCounts> = {
  renotified: 0,
  rung: 0,
  failed: 0,
  finalized: 0,
  announced: 0,
};

/** Does for one job what a lost message or a dead process has left undone, when it is old enough to be sure. */
export async function sweepJob(
  ports: SweepJobPorts,
  settings: SweepSettings,
  jobId: string,
): Promise<SweepCounts> {
  const counts = { ...NOTHING_SWEPT };
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return counts;
  const { header } = job;
  const now = ports.clock();
  const isOld = now - Date.parse(header.updatedAt) >= settings.afterMs;

  if (isTerminalJob(header.state)) {
    if (isOld && (await announceJob(ports, jobId))) counts.announced += 1;
    return counts;
  }
  if (header.step === 'recorded') {
    if (!isOld) return counts;
    await ports.uploads.notify(header.source);
    counts.renotified += 1;
    if (header.profileHash !== settings.profileHash) await rejectJob(ports, jobId, settingsChanged());
    return counts;
  }
  if (header.step === 'planned' && isOld) await publishPlanned(ports, jobId, settings.chunkWindow);
  const swept = [...(await sweepChunks(ports, settings, job, now))];
  // With a chunk, its tasks have gone elsewhere.
  for (const task of swept.includes('failed') ? [] : job.tasks) {
    const since = taskUnheldSince(job, task);
    if (since !== null) swept.push(await sweepTask(ports, settings, job, task, since, now));
  }
  counts.rung += swept.filter((done) => done === 'rung').length;
  counts.failed += swept.filter((done) => done === 'failed').length;
  if (isTaskWorkOld(job, now, settings) && jobEnd(job) !== null && (await finalizeJob(ports, jobId))) {
    counts.finalized += 1;
  }
  return counts;
}

function isTaskWorkOld(job: Job, now: number, settings: SweepSettings): boolean {
  return job.tasks.every((task) => now - Date.parse(task.updatedAt) >= settings.afterMs);
}
