import type { Context } from 'hono';
import { UploadRequest, type UploadResponse } from '../../core/upload-schema.ts';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import { requireToken } from './auth.ts';
import { baseUrl } from './base-url.ts';
import { checkUpload } from './check-upload.ts';
import { readJson } from './read-json.ts';
import { json } from './reply.ts';

/** S3 takes 5 GiB in a single PUT. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

/**
 * Bytes per second (2 Mbit/s) for which a reservation outlives its grant: an upload that starts in time may
 * take this long.
 */
const SLOW_UPLOAD = 250_000;

/** `POST /v1/uploads`: an address to put one file to, and the id of the job that will come of it. */
export function createUpload(ports: ApiPorts, options: ApiOptions): (context: Context) => Promise<Response> {
  const limits = {
    maxSourceBytes: options.maxSourceBytes,
    maxPutBytes: options.maxPutBytes ?? MAX_PUT_BYTES,
  };
  return async ({ req }) => {
    await requireToken(req.header('authorization'), options.token);
    const { filename, contentType, size } = checkUpload(await readJson(req.raw, UploadRequest), limits);
    const now = ports.now();
    const jobId = ports.newId();
    const key = `${ports.newId()}/${filename}`;
    const grantEnds = now + options.uploadGrantSeconds * 1000;
    const upload = await ports.granter.grant({ key, contentType, size, expiresAt: grantEnds });
    await ports.reservations.reserve({
      bucket: options.uploadsBucket,
      key,
      jobId,
      size,
      profileHash: options.profileHash,
      lane: 'lambda',
      createdAt: new Date(now).toISOString(),
      expiresAt: grantEnds + Math.ceil((size / SLOW_UPLOAD) * 1000),
    });
    const answer: UploadResponse = { jobId, upload };
    return json(201, answer, {
      Location: `${baseUrl(req.url, options.publicUrl)}/v1/jobs/${jobId}`,
      'Cache-Control': 'no-store',
    });
  };
}
