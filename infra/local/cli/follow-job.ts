import { setTimeout as sleep } from 'node:timers/promises';
import { JobDocument } from '../../../shared/core/document-schema.ts';
import { isTerminalJob } from '../../../shared/core/job.ts';
import type { JobLister } from '../../../shared/core/ports/job-store.ts';

export interface FollowOptions {
  readonly onChange: (job: JobDocument) => void;
  readonly signal: AbortSignal;
}

const LOOK_MS = 50;
/** The API holds an answer this long when nothing changes. */
const WAIT_SECONDS = 20;

/** The id of the job that comes of the upload with this key, once dispatch has recorded it. */
export async function findJob(jobs: JobLister, key: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const [job] = (await jobs.list({ key, limit: 1 })).jobs;
    if (job !== undefined) return job.header.id;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Asks the API until the job has ended; answers its final document. */
export async function followJob(
  apiUrl: string,
  jobId: string,
  { onChange, signal }: FollowOptions,
): Promise<JobDocument> {
  let etag: string | undefined;
  for (;;) {
    const known: Record<string, string> = etag === undefined ? {} : { 'If-None-Match': etag };
    // The first answer comes at once: without an ETag to compare, the API would wait for a change.
    const wait = etag === undefined ? 0 : WAIT_SECONDS;
    const response = await fetch(`${apiUrl}/v1/jobs/${jobId}?wait=${wait}`, { headers: known, signal });
    if (response.status === 304) continue;
    if (!response.ok) throw new Error(`The API answered ${response.status} for job ${jobId}.`);
    etag = response.headers.get('etag') ?? undefined;
    const job = JobDocument.parse(await response.json());
    onChange(job);
    if (isTerminalJob(job.state)) return job;
  }
}
