import type { z } from 'zod';
import { type FieldError, invalidRequest, ProblemError } from './problem.ts';

/** Bytes of the largest request body that is read; an upload request is well under one kilobyte. */
export const MAX_BODY_BYTES = 16 * 1024;

/**
 * The JSON body of a request, as `schema` wants it.
 * @throws ProblemError 415 for another content type, 413 above {@link MAX_BODY_BYTES}, 400 when it is not JSON,
 * 422 when fields are wrong
 */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new ProblemError(
      415,
      'request.media_type',
      'The body must be JSON, with Content-Type application/json.',
    );
  }
  const text = await readText(request);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw invalidRequest(422, fieldErrors(parsed.error));
  return parsed.data;
}

/** Each issue under its dotted path. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: issue.path.join('.'), detail: issue.message }));
}

async function readText(request: Request): Promise<string> {
  const tooLarge = () =>
    new ProblemError(413, 'request.too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProblemError(400, 'request.malformed', 'The body is not valid JSON.', { cause });
  }
}
