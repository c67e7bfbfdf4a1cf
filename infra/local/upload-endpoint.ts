import { createHmac, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../shared/core/ports/host.ts';
import type { UploadGranter } from '../../shared/core/ports/uploads.ts';
import { ProblemError, problemResponse } from '../../shared/edge/http/problem.ts';
import type { Uploads } from './uploads.ts';

export const UPLOADS_PATH = '/uploads/';

const Grant = z.object({
  key: z.string(),
  contentType: z.string(),
  size: z.number().int().nonnegative(),
  expiresAt: z.number(),
});
type Grant = z.infer<typeof Grant>;

/**
 * Grants like a presigned PUT: the address itself carries key, type, length and expiry, and a signature over them.
 * @param origin where the client reaches this machine, for example `http://localhost:8080`
 */
export function createLocalUploadGranter(origin: () => string, secret: Buffer): UploadGranter {
  return {
    async grant({ key, contentType, size, expiresAt }) {
      const payload = Buffer.from(JSON.stringify({ key, contentType, size, expiresAt })).toString(
        'base64url',
      );
      return {
        kind: 'put',
        method: 'PUT',
        url: `${origin()}${UPLOADS_PATH}${payload}.${sign(payload, secret).toString('base64url')}`,
        headers: { 'content-type': contentType },
        expiresAt: new Date(expiresAt).toISOString(),
      };
    },
  };
}

/** Takes what {@link createLocalUploadGranter} granted, and nothing else. */
export function createUploadEndpoint(uploads: Uploads, secret: Buffer, now: Clock): Hono {
  const app = new Hono();
  app.onError((error) => withCors(problemResponse(asProblem(error))));
  app.options('*', () => withCors(new Response(null, { status: 204 })));
  app.put(`${UPLOADS_PATH}:token`, async ({ req }) => {
    const grant = verify(req.param('token'), secret);
    if (now() > grant.expiresAt) throw refused('This upload address has expired; ask for a new one.');
    checkHeaders(grant, req.header('content-type'), req.header('content-length'));
    const file = await uploads.temporary();
    try {
      await receive(req.raw.body, file, grant.size);
      const { etag } = await uploads.accept(file, grant.key);
      return withCors(new Response(null, { status: 200, headers: { ETag: `"${etag}"` } }));
    } finally {
      await rm(file, { force: true });
    }
  });
  app.all('*', () => {
    const Allow = 'PUT, OPTIONS';
    const detail = `This address takes ${Allow}.`;
    throw new ProblemError(405, 'route.method_not_allowed', detail, { headers: { Allow } });
  });
  return app;
}

function sign(payload: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(payload).digest();
}

function verify(token: string, secret: Buffer): Grant {
  const [payload = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(payload, secret);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw refused('This upload address was not issued here, or was changed.');
  }
  return Grant.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
}

function checkHeaders(
  grant: Grant,
  contentType: string | undefined,
  contentLength: string | undefined,
): void {
  if (contentType !== grant.contentType) {
    throw refused(`Content-Type must be ${grant.contentType}, found ${contentType ?? 'none'}.`);
  }
  if (contentLength === undefined) {
    throw new ProblemError(411, 'request.invalid', `Content-Length must be ${grant.size}, found none.`);
  }
  if (Number(contentLength) !== grant.size) {
    throw refused(`Content-Length must be ${grant.size}, found ${contentLength}.`);
  }
}

async function receive(body: ReadableStream<Uint8Array> | null, file: string, size: number): Promise<void> {
  let bytes = 0;
  const source = body === null ? Readable.from([]) : Readable.fromWeb(body);
  await pipeline(
    source,
    async function* count(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(file, { flags: 'wx' }),
  );
  if (bytes !== size) {
    throw new ProblemError(400, 'request.invalid', `${size} bytes were expected, ${bytes} came.`);
  }
}

function refused(detail: string): ProblemError {
  return new ProblemError(403, 'auth.invalid', detail);
}

function asProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError(500, 'service.failed', 'The upload could not be stored; try again.', {
    cause: error,
  });
}

/** As the deployed bucket answers: any page may upload. */
function withCors(response: Response): Response {
  response.headers.set('Access-Control-Allow-Origin', '*');
  response.headers.set('Access-Control-Allow-Methods', 'PUT, OPTIONS');
  response.headers.set('Access-Control-Allow-Headers', '*');
  response.headers.set('Access-Control-Expose-Headers', 'ETag');
  response.headers.set('Access-Control-Max-Age', '3600');
  return response;
}
