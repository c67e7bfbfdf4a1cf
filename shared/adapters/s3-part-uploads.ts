import { setTimeout } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { MillraceError } from '../core/errors.ts';
import type { PartUploads, UploadedPart } from '../core/ports/part-uploads.ts';
import { s3Outage, s3Status } from './s3-errors.ts';

/** Completions in all that may meet another writer of the same key. */
const CONFLICT_TRIES = 4;
const CONFLICT_WAIT_MS = 200;

/** Multipart uploads to an S3 bucket. Each part carries its CRC32, which S3 checks when it takes it and again at the end. */
export function createS3PartUploads({ client, bucket }: { client: S3Client; bucket: string }): PartUploads {
  const target = (key: string, upload: string) => ({ Bucket: bucket, Key: key, UploadId: upload });

  /** None when the upload is gone. */
  async function partsOf(key: string, upload: string): Promise<readonly Part[]> {
    const parts: Part[] = [];
    let marker: string | undefined;
    try {
      do {
        const after = marker === undefined ? {} : { PartNumberMarker: marker };
        const page = await client.send(new ListPartsCommand({ ...target(key, upload), ...after }));
        parts.push(...(page.Parts ?? []));
        marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (marker !== undefined);
    } catch (error) {
      if (s3Status(error) === 404) return [];
      throw s3Outage(error);
    }
    return parts;
  }

  async function stands(key: string): Promise<boolean> {
    try {
      await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return true;
    } catch (error) {
      if (s3Status(error) === 404) return false;
      throw s3Outage(error);
    }
  }

  async function whatBecameOf(key: string, cause?: unknown): Promise<'exists'> {
    if (await stands(key)) return 'exists';
    throw uploadGone(cause);
  }

  /** What nobody will read would cost storage for days. */
  async function giveUp(key: string, upload: string): Promise<'exists'> {
    try {
      await client.send(new AbortMultipartUploadCommand(target(key, upload)));
    } catch (error) {
      if (s3Status(error) !== 404) throw s3Outage(error);
    }
    return 'exists';
  }

  return {
    async begin(key: string, contentType: string): Promise<string> {
      const command = new CreateMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ChecksumAlgorithm: 'CRC32',
      });
      const { UploadId } = await client.send(command).catch((error: unknown) => {
        throw s3Outage(error);
      });
      if (UploadId === undefined) throw s3Outage(new TypeError('the answer names no upload'));
      return UploadId;
    },

    async put(key: string, upload: string, number: number, body: Uint8Array): Promise<void> {
      const part = { PartNumber: number, Body: body, ChecksumAlgorithm: 'CRC32' } as const;
      try {
        await client.send(new UploadPartCommand({ ...target(key, upload), ...part }));
      } catch (error) {
        throw s3Status(error) === 404 ? uploadGone(error) : s3Outage(error);
      }
    },

    async list(key: string, upload: string): Promise<readonly UploadedPart[]> {
      const parts = await partsOf(key, upload);
      return parts.map(({ PartNumber = 0, Size = 0 }) => ({ number: PartNumber, bytes: Size }));
    },

    async complete(key: string, upload: string): Promise<'created' | 'exists'> {
      const parts = (await partsOf(key, upload)).map(completedPart);
      if (parts.length === 0) return whatBecameOf(key);
      const command = new CompleteMultipartUploadCommand({
        ...target(key, upload),
        MultipartUpload: { Parts: parts },
        IfNoneMatch: '*',
      });
      for (let tries = 1; ; tries += 1) {
        try {
          await client.send(command);
          return 'created';
        } catch (error) {
          const status = s3Status(error);
          if (status === 412) return await giveUp(key, upload);
          if (status === 404) return whatBecameOf(key, error);
          // Somebody else is writing to the key at this moment: soon it is there, or they have failed.
          if (status !== 409 || tries === CONFLICT_TRIES) throw s3Outage(error);
          await setTimeout(CONFLICT_WAIT_MS * tries);
        }
      }
    },
  };
}

/** A store that does not tell a part's checksum does not ask for it, either. */
function completedPart({ PartNumber, ETag, ChecksumCRC32 }: Part): CompletedPart {
  return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
}

/** Expired, aborted, or completed by somebody whose object is gone: a further attempt begins another. */
function uploadGone(cause: unknown): MillraceError {
  return new MillraceError('infrastructure', 'What was uploaded of a video so far is gone.', {
    retryable: true,
    cause,
  });
}
