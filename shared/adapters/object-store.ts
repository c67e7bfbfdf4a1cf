import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { PartUploads } from '../core/ports/part-uploads.ts';
import type { LinkOutput } from '../core/ports/uploads.ts';
import { createFilePartUploads } from './file-part-uploads.ts';
import { createFileStore } from './file-store.ts';
import { createS3Client } from './s3-client.ts';
import { createS3Links } from './s3-links.ts';
import { createS3PartUploads } from './s3-part-uploads.ts';
import { createS3Store } from './s3-store.ts';

export interface ObjectsConfig {
  /** `file:///abs/dir`, whose sub-directories are the buckets; undefined: S3. */
  readonly objectsUrl: string | undefined;
  readonly bucket: string;
}

/**
 * The store of a bucket, on S3 or on disk.
 * @throws TypeError when `objectsUrl` is no `file:` address
 */
export function openObjectStore({ objectsUrl, bucket }: ObjectsConfig): ObjectStore {
  if (objectsUrl !== undefined) return createFileStore(fileURLToPath(objectsUrl), bucket);
  return createS3Store({ client: createS3Client(), bucket });
}

/**
 * Uploads by parts to a bucket, on S3 or on disk.
 * @throws TypeError when `objectsUrl` is no `file:` address
 */
export function openPartUploads({ objectsUrl, bucket }: ObjectsConfig): PartUploads {
  if (objectsUrl !== undefined) return createFilePartUploads(fileURLToPath(objectsUrl), bucket);
  return createS3PartUploads({ client: createS3Client(), bucket });
}

/** Addresses of a bucket's objects: signed ones on S3, none on disk. */
export function openOutputLinks({ objectsUrl, bucket }: ObjectsConfig): LinkOutput {
  return objectsUrl === undefined
    ? createS3Links({ client: createS3Client(), bucket })
    : async () => undefined;
}
