import { jobDocument, jobOutputs, jobVersion } from '../../core/document.ts';
import { isTerminalJob, type Job, type Output } from '../../core/job.ts';
import type { Clock } from '../../core/ports/host.ts';
import type { JobReader } from '../../core/ports/job-store.ts';
import { jobEtaSeconds } from '../../core/progress.ts';
import { fileUrlBelow } from './base-url.ts';
import { PreparedHeaders } from './reply.ts';

/** Snapshots that are kept; a few kilobytes each. */
const MAX_SNAPSHOTS = 1000;

/** Bodies that are kept of one snapshot: one for each address under which clients reach the API. */
const MAX_BODIES = 4;

/** A job as it was read at one moment. */
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
  /** The recorded output at `path`. */
  output(path: string): Output | undefined;
}

export interface Snapshots {
  /** The snapshot of `id` when it is still fresh; answers at once. */
  fresh(id: string): Snapshot | undefined;
  /** A fresh snapshot, read if need be; undefined when there is no such job. */
  get(id: string): Promise<Snapshot | undefined>;
}

/**
 * Reads jobs at most once per `ttlMs` and id, however many ask. The least recently read are forgotten beyond
 * {@link MAX_SNAPSHOTS}; unknown ids are never kept.
 */
export function createSnapshots(reader: JobReader, now: Clock, ttlMs: number): Snapshots {
  const kept = new Map<string, { readonly snapshot: Snapshot; readonly readAt: number }>();
  const underWay = new Map<string, Promise<Snapshot | undefined>>();

  const fresh = (id: string) => {
    const entry = kept.get(id);
    return entry !== undefined && now() - entry.readAt < ttlMs ? entry.snapshot : undefined;
  };

  const load = async (id: string) => {
    const readAt = now();
    const job = await reader.read(id);
    const before = kept.get(id)?.snapshot;
    kept.delete(id);
    if (job === undefined) return undefined;
    const snapshot = before?.version === jobVersion(job) ? before : takeSnapshot(job);
    kept.set(id, { snapshot, readAt });
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_SNAPSHOTS) break;
      kept.delete(oldest);
    }
    return snapshot;
  };

  return {
    fresh,
    get: (id) => {
      const held = fresh(id);
      if (held !== undefined) return Promise.resolve(held);
      const joined = underWay.get(id) ?? load(id).finally(() => underWay.delete(id));
      underWay.set(id, joined);
      return joined;
    },
  };
}

function takeSnapshot(job: Job): Snapshot {
  const bodies = new Map<string, string>();
  const ended = isTerminalJob(job.header.state);
  const version = jobVersion(job);
  const etag = `W/"${version}"`;
  const headers = {
    ETag: etag,
    'Cache-Control': 'no-cache',
    ...(ended ? {} : { 'Retry-After': retryAfter(jobEtaSeconds(job)) }),
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
      const body = JSON.stringify(jobDocument(job, fileUrlBelow(base)));
      if (bodies.size >= MAX_BODIES) bodies.clear();
      bodies.set(base, body);
      return body;
    },
    output: (path) => jobOutputs(job).find((output) => output.path === path),
  };
}

/** A fortieth of what is left, between 1 and 5 seconds. */
function retryAfter(etaSeconds: number | null): string {
  return String(Math.min(5, Math.max(1, Math.round((etaSeconds ?? 0) / 40))));
}
