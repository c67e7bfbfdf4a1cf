import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenProvider } from './api-options.ts';
import { ProblemError } from './problem.ts';

/**
 * Lets a request pass that carries the expected bearer token; without a provider everybody passes.
 * @throws ProblemError 401 without the token or with another; 503 when the expected one cannot be had
 */
export async function requireToken(
  authorization: string | undefined,
  token: TokenProvider | undefined,
): Promise<void> {
  if (token === undefined) return;
  const given = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) {
    throw new ProblemError(401, 'auth.required', 'This needs the header "Authorization: Bearer <token>".', {
      headers: { 'WWW-Authenticate': 'Bearer realm="millrace"' },
    });
  }
  const expected = await token().catch((cause: unknown) => {
    throw new ProblemError(503, 'service.unavailable', 'The token cannot be checked at the moment.', {
      headers: { 'Retry-After': '5' },
      cause,
    });
  });
  if (!sameText(given, expected)) {
    throw new ProblemError(401, 'auth.invalid', 'The token is not the expected one.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="millrace", error="invalid_token"' },
    });
  }
}

/** Takes the same time wherever the texts differ and however long they are. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
