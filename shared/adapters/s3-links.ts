import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { LinkOutput } from '../core/ports/uploads.ts';

/** Seconds for which a link works: a redirect is followed at once, a download may start again. */
const LINK_SECONDS = 300;

/** Presigned GETs that answer with the output's own content type, inline. */
export function createS3Links({ client, bucket }: { client: S3Client; bucket: string }): LinkOutput {
  return (key, contentType) =>
    getSignedUrl(
      client,
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentType: contentType,
        ResponseContentDisposition: 'inline',
      }),
      { expiresIn: LINK_SECONDS },
    );
}
