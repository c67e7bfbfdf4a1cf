import { jobDocument, jobVersion } from '../../core/document.ts';
import { isTerminalJob, type Job } from '../../core/job.ts';
import { fileUrlBelow } from './base-url.ts';
import type { JobViews } from './job-views.ts';
import { PreparedHeaders } from './reply.ts';

/** Bodies that are kept of one snapshot: one for each address under which clients reach the API. */
const MAX_BODIES = 4;

/** The document of a job as it was read at one moment; keeps nothing of the job, which may have a thousand chunks. */
export interface Snapshot {
  readonly version: number;
  /** Changes with the version alone. */
  readonly etag: string;
  readonly ended: boolean;
  /** Of the answer that the document has not changed: ETag, and Retry-After while the job has not ended. */
  readonly headers: PreparedHeaders;
  /** The same with the type of {@link body}. */
  readonly bodyHeaders: PreparedHeaders;
  /** The document as JSON, with addresses below `base`. */
  body(base: string): string;
}

/** Reads the snapshot of a job; the one before is kept while nothing visible has changed. */
export function readSnapshot(
  views: Pick<JobViews, 'whole'>,
): (jobId: string, before: Snapshot | undefined) => Promise<Snapshot | undefined> {
  return async (jobId, before) => {
    const job = await views.whole(jobId);
    if (job === undefined) return undefined;
    return before?.version === jobVersion(job) ? before : takeSnapshot(job);
  };
}

function takeSnapshot(job: Job): Snapshot {
  const bodies = new Map<string, string>();
  const ended = isTerminalJob(job.header.state);
  const version = jobVersion(job);
  const etag = `W/"${version}"`;
  const document = jobDocument(job, fileUrlBelow(''));
  const headers = {
    ETag: etag,
    'Cache-Control': 'no-cache',
    ...(ended ? {} : { 'Retry-After': retryAfter(document.etaSeconds) }),
  };
  return {
    version,
    etag,
    ended,
    headers: new PreparedHeaders(headers),
    bodyHeaders: new PreparedHeaders({ ...headers, 'Content-Type': 'application/json' }),
    body: (base) => {
      const known = bodies.get(base);
      if (known !== undefined) return known;
      const outputs = document.outputs.map((output) => ({ ...output, url: `${base}${output.url}` }));
      const body = JSON.stringify({ ...document, outputs });
      if (bodies.size >= MAX_BODIES) bodies.clear();
      bodies.set(base, body);
      return body;
    },
  };
}

/** A fortieth of what is left, between 1 and 5 seconds. */
function retryAfter(etaSeconds: number | null): string {
  return String(Math.min(5, Math.max(1, Math.round((etaSeconds ?? 0) / 40))));
}
