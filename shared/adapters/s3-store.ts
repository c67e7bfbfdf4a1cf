import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectInfo, ObjectStore, Pin, PutOptions, ReadOptions } from '../core/ports/object-store.ts';
import { s3Outage, s3ReadError, s3Status } from './s3-errors.ts';

/** Bytes of a part; S3 takes at most 10,000 parts of at least 5 MiB. */
const PART_SIZE = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** Parts in flight; with {@link PART_SIZE} the bound on memory. */
const PARTS_AT_ONCE = 3;
/** Uploads in all that may meet another writer of the same key; what they carry was expensive to make. */
const CONFLICT_TRIES = 4;
const CONFLICT_WAIT_MS = 200;

/**
 * An S3 bucket. Reads name the version, or insist on the etag where the bucket has no versions. The role needs
 * `s3:ListBucket` on the bucket: without it S3 answers 403 where it means 404.
 */
export function createS3Store({ client, bucket }: { client: S3Client; bucket: string }): ObjectStore {
  return {
    async head(key: string, pin?: Pin): Promise<ObjectInfo | undefined> {
      try {
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...pinned(pin) }));
        const sha256 = head.Metadata?.['sha256'];
        return {
          size: head.ContentLength ?? 0,
          etag: unquoted(head.ETag ?? ''),
          contentType: head.ContentType ?? null,
          ...(sha256 === undefined ? {} : { sha256 }),
        };
      } catch (error) {
        const status = s3Status(error);
        if (status === 404 || status === 412) return undefined;
        throw s3ReadError(error);
      }
    },

    async read(key: string, { pin, range, signal }: ReadOptions = {}): Promise<Readable> {
      signal?.throwIfAborted();
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...pinned(pin),
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
      });
      try {
        const { Body } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
        if (!(Body instanceof Readable)) throw new TypeError('the answer has no body that streams');
        return signal === undefined ? Body : addAbortSignal(signal, Body);
      } catch (error) {
        signal?.throwIfAborted();
        throw s3ReadError(error);
      }
    },

    async put(key: string, file: string, options: PutOptions): Promise<'created' | 'exists'> {
      const { size } = await stat(file);
      const partSize = Math.max(PART_SIZE, Math.ceil(size / MAX_PARTS));
      const upload = (): Upload =>
        new Upload({
          client,
          queueSize: PARTS_AT_ONCE,
          partSize,
          params: {
            Bucket: bucket,
            Key: key,
            Body: createReadStream(file),
            ContentType: options.contentType,
            IfNoneMatch: '*',
            Metadata: { sha256: options.sha256, attempt: String(options.attempt) },
            // S3 has no SHA-256 over the whole of a multipart object; its parts carry their own checksums.
            ...(size < partSize
              ? { ChecksumSHA256: Buffer.from(options.sha256, 'hex').toString('base64') }
              : {}),
          },
        });
      for (let tries = 1; ; tries += 1) {
        try {
          await upload().done();
          return 'created';
        } catch (error) {
          const status = s3Status(error);
          if (status === 412) return 'exists';
          // Somebody else is writing to the key at this moment: soon it is there, or they have failed.
          if (status !== 409 || tries === CONFLICT_TRIES) throw s3Outage(error);
          await setTimeout(CONFLICT_WAIT_MS * tries);
        }
      }
    },

    async localPath(): Promise<undefined> {
      return undefined;
    },
  };
}

function pinned(pin: Pin | undefined): { VersionId?: string; IfMatch?: string } {
  if (pin === undefined) return {};
  return pin.versionId === null ? { IfMatch: `"${unquoted(pin.etag)}"` } : { VersionId: pin.versionId };
}

/** Events give etags without quotes, answers with. */
function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}
