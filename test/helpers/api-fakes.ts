import { Readable } from 'node:stream';
import { chunkName, parseChunkName } from '../../shared/core/chunks/chunk-names.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import type { JobQuery } from '../../shared/core/ports/job-store.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import type { UploadGranter, UploadReservation } from '../../shared/core/ports/uploads.ts';
import type { ApiOptions, ApiPorts } from '../../shared/edge/http/api-options.ts';
import { createApp } from '../../shared/edge/http/app.ts';

/** One API over memory: what tests put in, and what it was asked. */
export interface TestApi {
  readonly app: ReturnType<typeof createApp>;
  readonly ports: ApiPorts;
  readonly jobs: Map<string, Job>;
  /** Object key to content. */
  readonly objects: Map<string, string>;
  readonly clock: { now: number };
  /** Ids in the order they were read. */
  readonly reads: string[];
  /** Names of the chunks from which on chunks were read. */
  readonly chunkReads: string[];
  readonly queries: JobQuery[];
  readonly reservations: UploadReservation[];
  readonly logged: { readonly details: object; readonly message: string }[];
  /** GET unless `init` says otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

export const ORIGIN = 'http://api.test';
export const START = Date.parse('2026-01-01T10:00:00.000Z');

const OPTIONS: ApiOptions = {
  uploadsBucket: 'uploads',
  profileHash: 'aaaabbbbccccdddd',
  maxSourceBytes: 50_000_000_000,
  uploadGrantSeconds: 3600,
};

/** @param options laid over a configuration without token and without `wait` */
export function startApi(options: Partial<ApiOptions> = {}, replaced: Partial<ApiPorts> = {}): TestApi {
  const jobs = new Map<string, Job>();
  const objects = new Map<string, string>();
  const clock = { now: START };
  const reads: string[] = [];
  const chunkReads: string[] = [];
  const queries: JobQuery[] = [];
  const reservations: UploadReservation[] = [];
  const logged: { details: object; message: string }[] = [];
  let ids = 0;

  const ports: ApiPorts = {
    reader: {
      readTasks: async (id) => {
        reads.push(id);
        const job = jobs.get(id);
        return job && { ...job, chunks: [] };
      },
      readPart: async (id, name) => {
        const job = jobs.get(id);
        const chunks = job?.chunks.filter((chunk) => chunk.name === name) ?? [];
        return job && chunks.length > 0 ? { ...job, tasks: [], chunks } : undefined;
      },
      readChunks: async (id, { kind, index }, until) => {
        chunkReads.push(chunkName({ kind, index }));
        const rest = (jobs.get(id)?.chunks ?? []).filter(({ name }) => {
          const parsed = parseChunkName(name);
          return parsed?.kind === kind && parsed.index >= index;
        });
        const gap = until === 'gap' ? rest.findIndex(({ state }) => state !== 'succeeded') : -1;
        return gap < 0 ? rest : rest.slice(0, gap);
      },
    },
    lister: {
      list: async (query) => {
        queries.push(query);
        if (query.cursor === 'bad') throw new RangeError('The cursor is not one that a list has given.');
        const all = [...jobs.values()];
        return { jobs: all.slice(0, query.limit), cursor: all.length > query.limit ? 'next' : null };
      },
    },
    reservations: {
      reserve: async (reservation) => {
        reservations.push(reservation);
      },
    },
    granter: grantInMemory,
    outputs: storeInMemory(objects),
    link: async () => undefined,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    now: () => clock.now,
    log: { error: (details, message) => logged.push({ details, message }) },
    ...replaced,
  };
  const app = createApp(ports, { ...OPTIONS, ...options });
  return {
    app,
    ports,
    jobs,
    objects,
    clock,
    reads,
    chunkReads,
    queries,
    reservations,
    logged,
    ask: async (path, init) => app.request(`${ORIGIN}${path}`, init),
  };
}

const grantInMemory: UploadGranter = {
  grant: async ({ key, contentType, expiresAt }) => ({
    kind: 'put',
    method: 'PUT',
    url: `https://bucket.test/${encodeURIComponent(key)}`,
    headers: { 'content-type': contentType },
    expiresAt: new Date(expiresAt).toISOString(),
  }),
};

function storeInMemory(objects: ReadonlyMap<string, string>): ObjectStore {
  const unused = () => Promise.reject(new Error('The API only reads.'));
  return {
    read: async (key, { range } = {}) => {
      const text = objects.get(key);
      if (text === undefined) throw new MillraceError('input.missing', 'The object is gone.');
      const bytes = Buffer.from(text);
      return Readable.from([range === undefined ? bytes : bytes.subarray(range.start, range.end + 1)]);
    },
    head: unused,
    put: unused,
    localPath: unused,
  };
}
