import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { masterPlaylist } from '../core/hls/master-playlist.ts';
import { masterStreams } from '../core/hls/master-streams.ts';
import { MASTER_PATH } from '../core/hls/paths.ts';
import { isTerminalJob, type Job, type Output } from '../core/job.ts';
import { type JobEnd, jobEnd } from '../core/job-end.ts';
import { buildManifest, MANIFEST_PATH } from '../core/manifest.ts';
import type { OpenScratch } from '../core/ports/host.ts';
import type { JobCloser, JobReader } from '../core/ports/job-store.ts';
import type { MadeFile } from '../core/ports/work.ts';
import { type AnnouncePorts, announceJob } from './announce-job.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';
import { playlistFacts } from './hls/write-playlists.ts';

export interface FinalizePorts extends AnnouncePorts, CommitPorts {
  readonly jobs: JobReader & JobCloser;
  readonly openScratch: OpenScratch;
}

/**
 * Ends a job whose tasks have all ended: master playlist, manifest, final state, event, in this order. Each step is
 * safe to repeat and to race: the files are create-exclusive with content that is the same for everyone, one
 * conditional write elects who ends the job, and the event has a stable id.
 * @returns False while the job is not over.
 */
export async function finalizeJob(ports: FinalizePorts, jobId: string): Promise<boolean> {
  const job = await ports.jobs.read(jobId);
  if (job === undefined) return false;
  if (!isTerminalJob(job.header.state)) {
    const end = jobEnd(job);
    if (end === null) return false;
    const written = await writeEnds(ports, job, end);
    const elected = await ports.jobs.close(jobId, { ...end, ...written }, ports.clock());
    // Who elected itself announces; if it dies before, the sweep does.
    if (!elected) return true;
  }
  await announceJob(ports, jobId);
  return true;
}

/** Of which there is one for the whole job. */
type JobFile = Omit<MadeFile, 'file' | 'durationSeconds'>;

async function writeEnds(
  ports: FinalizePorts,
  job: Job,
  { state, error }: JobEnd,
): Promise<{ readonly playlist: Output | null; readonly manifest: Output }> {
  const { header } = job;
  const scratch = await ports.openScratch();
  const commit = async (facts: JobFile, text: string): Promise<Output> => {
    const file = join(scratch.path, facts.name);
    await writeFile(file, text);
    const { digest } = await commitFile(ports, header.id, { ...facts, file, attempt: 1 });
    return { ...facts, ...digest, durationSeconds: null, bitrate: null };
  };
  try {
    const streams = masterStreams(job);
    const playlist =
      streams.length === 0 ? null : await commit(playlistFacts(MASTER_PATH), masterPlaylist(streams));
    const manifest = buildManifest({ ...job, header: { ...header, playlist } }, state, error);
    return { playlist, manifest: await commit(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`) };
  } finally {
    await scratch.wipe();
  }
}

const MANIFEST: JobFile = {
  name: 'manifest',
  kind: 'manifest',
  path: MANIFEST_PATH,
  contentType: 'application/json',
  width: null,
  height: null,
  codecs: null,
};
