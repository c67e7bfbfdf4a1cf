import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../core/ports/host.ts';
import type { UploadGranter } from '../core/ports/uploads.ts';

/**
 * Presigned PUTs that take exactly the granted type and length.
 * @param client made with `requestChecksumCalculation: 'WHEN_REQUIRED'`; otherwise the address demands the
 *   checksum of an empty body.
 */
export function createS3UploadGranter(options: {
  client: S3Client;
  bucket: string;
  clock: Clock;
}): UploadGranter {
  const { client, bucket, clock } = options;
  return {
    async grant({ key, contentType, size, expiresAt }) {
      const now = clock();
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ContentLength: size,
      });
      const url = await getSignedUrl(client, command, {
        signingDate: new Date(now),
        expiresIn: Math.max(1, Math.floor((expiresAt - now) / 1000)),
        signableHeaders: new Set(['content-type', 'content-length']),
      });
      return {
        kind: 'put',
        method: 'PUT',
        url,
        // Every HTTP client sends the length by itself, and browsers let no script set it.
        headers: { 'content-type': contentType },
        expiresAt: new Date(expiresAt).toISOString(),
      };
    },
  };
}
