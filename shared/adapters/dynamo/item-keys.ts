import { createHash } from 'node:crypto';
import { parseChunkName } from '../../core/chunks/chunk-names.ts';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Parts of each index partition: a partition takes 1,000 writes a second, a burst of uploads needs more. */
export const INDEX_SHARDS = [0, 1, 2, 3] as const;

const JOB_PREFIX = 'JOB#';
export const TASK_PREFIX = 'TASK#';
export const CHUNK_PREFIX = 'CHUNK#';

export function jobPk(jobId: string): string {
  return `${JOB_PREFIX}${jobId}`;
}

/** The inverse of {@link jobPk}. */
export function jobIdOf(pk: string): string {
  return pk.slice(JOB_PREFIX.length);
}

export function headerKey(jobId: string): ItemKey {
  return { pk: jobPk(jobId), sk: 'HEADER' };
}

export function taskKey(jobId: string, task: string): ItemKey {
  const prefix = parseChunkName(task) === null ? TASK_PREFIX : CHUNK_PREFIX;
  return { pk: jobPk(jobId), sk: `${prefix}${task}` };
}

export function chunkCountKey(jobId: string): ItemKey {
  return { pk: jobPk(jobId), sk: 'CHUNKS' };
}

export function batchRunKey(jobId: string): ItemKey {
  return { pk: jobPk(jobId), sk: 'BATCH' };
}

/** A bucket's name holds no `#`, so bucket and key cannot run into each other. */
function sourcePk(bucket: string, key: string): string {
  return `SOURCE#${bucket}#${key}`;
}

/** The version is hashed because a sort key holds 1,024 bytes, and so may a version id. */
export function claimKey(
  source: { bucket: string; key: string; versionId: string | null; sequencer: string },
  profileHash: string,
): ItemKey {
  const identity = JSON.stringify([source.versionId ?? source.sequencer, profileHash]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  return { pk: sourcePk(source.bucket, source.key), sk: `CLAIM#${hash}` };
}

export function latestKey(bucket: string, key: string): ItemKey {
  return { pk: sourcePk(bucket, key), sk: 'LATEST' };
}

export function reservationKey(bucket: string, key: string): ItemKey {
  return { pk: sourcePk(bucket, key), sk: 'RESERVATION' };
}

export function keyListPk(key: string): string {
  return `KEY#${key}`;
}

/** Sorts jobs by time of creation; the id keeps two of the same millisecond apart. */
export function timeSk(iso: string, id: string): string {
  return `${iso}#${id}`;
}

/** The id at the end of a {@link timeSk}. */
export function idOfTimeSk(sk: string): string {
  return sk.slice(sk.indexOf('#') + 1);
}

export type IndexPartition = 'JOBS' | 'OPEN' | 'CLAIMED' | 'RESERVED';

export function indexPk(partition: IndexPartition, shard: number): string {
  return `${partition}#${shard}`;
}

/** The index partition of one job: always the same for the same id. */
export function indexPkOf(partition: IndexPartition, id: string): string {
  let sum = 0;
  for (const char of id) sum += char.charCodeAt(0);
  return indexPk(partition, sum % INDEX_SHARDS.length);
}
