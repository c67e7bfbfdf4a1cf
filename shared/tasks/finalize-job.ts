import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTerminalJob, type Job, type Output } from '../core/job.ts';
import { type JobEnd, jobEnd } from '../core/job-end.ts';
import { buildManifest, MANIFEST_PATH } from '../core/manifest.ts';
import type { OpenScratch } from '../core/ports/host.ts';
import type { JobCloser, JobReader } from '../core/ports/job-store.ts';
import { type AnnouncePorts, announceJob } from './announce-job.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';

export interface FinalizePorts extends AnnouncePorts, CommitPorts {
  readonly jobs: JobReader & JobCloser;
  readonly openScratch: OpenScratch;
}

/**
 * Ends a job whose tasks have all ended: manifest, final state, event, in this order. Each step is safe to repeat
 * and to race: the manifest is create-exclusive with content that is the same for everyone, one conditional write
 * elects who ends the job, and the event has a stable id.
 * @returns False while the job is not over.
 */
export async function finalizeJob(ports: FinalizePorts, jobId: string): Promise<boolean> {
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return false;
  if (!isTerminalJob(job.header.state)) {
    const end = jobEnd(job);
    if (end === null) return false;
    const manifest = await writeManifest(ports, job, end);
    const elected = await ports.jobs.close(jobId, { ...end, manifest }, ports.clock());
    // Who elected itself announces; if it dies before, the sweep does.
    if (!elected) return true;
  }
  await announceJob(ports, jobId);
  return true;
}

async function writeManifest(ports: FinalizePorts, job: Job, end: JobEnd): Promise<Output> {
  const contentType = 'application/json';
  const scratch = await ports.openScratch();
  try {
    const file = join(scratch.path, MANIFEST_PATH);
    const manifest = buildManifest(job, end.state, end.error);
    await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
    const digest = await commitFile(ports, job.header.id, {
      file,
      path: MANIFEST_PATH,
      contentType,
      attempt: 1,
    });
    return {
      name: 'manifest',
      kind: 'manifest',
      path: MANIFEST_PATH,
      contentType,
      ...digest,
      width: null,
      height: null,
      durationSeconds: null,
      bitrate: null,
      codecs: null,
    };
  } finally {
    await scratch.wipe();
  }
}
