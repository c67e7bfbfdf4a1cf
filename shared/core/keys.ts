import { MillraceError } from './errors.ts';

/** S3's own limit, bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/** Object key of an output: `<jobId>/<path>`. */
export function outputKey(jobId: string, path: string): string {
  return `${jobId}/${path}`;
}

/** Decodes a key as S3 events carry it: `+` is a space, the rest is percent-encoded once. Null when it is not valid. */
export function decodeEventKey(raw: string): string | null {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Encodes a key as S3 does in its events; the inverse of {@link decodeEventKey}. */
export function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Refuses keys that no front end could show or ask for again: empty, too long, with control characters,
 * or not valid Unicode. Everything else is fine, because a key never becomes a path or an argument.
 * @throws MillraceError `input.bad_key`
 */
export function assertUsableKey(key: string): void {
  const bytes = new TextEncoder().encode(key).length;
  if (bytes === 0) throw new MillraceError('input.bad_key', 'The object has an empty name.');
  if (bytes > MAX_KEY_BYTES) {
    throw new MillraceError(
      'input.bad_key',
      `The object's name is ${bytes} bytes long; at most ${MAX_KEY_BYTES} are allowed.`,
    );
  }
  if (/\p{Cc}/u.test(key)) {
    throw new MillraceError(
      'input.bad_key',
      "The object's name contains control characters, such as a line break.",
    );
  }
  if (/\p{Cs}|\uFFFD/u.test(key)) {
    throw new MillraceError('input.bad_key', "The object's name is not valid Unicode text.");
  }
}
