import type { ChunkReader } from '../../core/ports/chunks.ts';
import type { Clock } from '../../core/ports/host.ts';
import type { JobLister, JobPartReader } from '../../core/ports/job-store.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { LinkOutput, UploadGranter, UploadReservations } from '../../core/ports/uploads.ts';

/** What the API asks of the rest of the service. */
export interface ApiPorts {
  readonly reader: JobPartReader & ChunkReader;
  readonly lister: JobLister;
  readonly reservations: UploadReservations;
  readonly granter: UploadGranter;
  /** The outputs bucket. */
  readonly outputs: ObjectStore;
  readonly link: LinkOutput;
  /** At least 122 random bits, of letters, digits, `-` and `_`; for job ids and key prefixes. */
  readonly newId: () => string;
  readonly now: Clock;
  /** Told of defects and outages; a pino logger fits. */
  readonly log: { error(details: object, message: string): void };
}

/** The expected bearer token; rejects when it cannot be had, and then nobody gets in. */
export type TokenProvider = () => Promise<string>;

export interface ApiOptions {
  readonly uploadsBucket: string;
  readonly profileHash: string;
  /** Bytes. */
  readonly maxSourceBytes: number;
  /** Bytes of the largest single PUT; default 5 GiB, S3's limit. */
  readonly maxPutBytes?: number | undefined;
  /** Lifetime of an upload address. */
  readonly uploadGrantSeconds: number;
  /** Origin (and path prefix) under which clients reach the API; default: the origin of each request. */
  readonly publicUrl?: string | undefined;
  /** Asked by creating and listing; default: nobody is asked. */
  readonly token?: TokenProvider | undefined;
  /** Longest time for which `?wait` holds an answer; default 0: not at all. */
  readonly maxWaitSeconds?: number | undefined;
  /** How long a job once read is served again without reading; default 250. */
  readonly snapshotMs?: number | undefined;
}
