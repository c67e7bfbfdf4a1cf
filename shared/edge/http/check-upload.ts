import { MillraceError } from '../../core/errors.ts';
import { assertUsableKey } from '../../core/keys.ts';
import type { UploadRequest } from '../../core/upload-schema.ts';
import { type ProblemCode, ProblemError } from './problem.ts';

export interface UploadLimits {
  /** Bytes. */
  readonly maxSourceBytes: number;
  /** Bytes of the largest single PUT. */
  readonly maxPutBytes: number;
}

const MAX_FILENAME_BYTES = 255;

/** What is left when everything is in order. */
export interface CheckedUpload {
  readonly filename: string;
  /** Lower case, without parameters. */
  readonly contentType: string;
  readonly size: number;
}

/**
 * Refuses what would end as a failed job anyway, before a byte is sent.
 * @throws ProblemError with the job's own code: 413 `input.too_large`; 422 `input.empty`, `input.bad_key`,
 * `input.unsupported`
 */
export function checkUpload(request: UploadRequest, limits: UploadLimits): CheckedUpload {
  checkFilename(request.filename);
  const contentType = (request.contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (!/^(video\/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}|application\/octet-stream)$/.test(contentType)) {
    const expected = 'expected video/… or application/octet-stream';
    throw refusal(422, 'input.unsupported', 'contentType', `This is not the type of a video: ${expected}.`);
  }
  checkSize(request.size, limits);
  return { filename: request.filename, contentType, size: request.size };
}

function checkFilename(filename: string): void {
  const wrong = (detail: string) => refusal(422, 'input.bad_key', 'filename', detail);
  const bytes = new TextEncoder().encode(filename).length;
  if (bytes > MAX_FILENAME_BYTES) {
    throw wrong(`The name is ${bytes} bytes long; at most ${MAX_FILENAME_BYTES} are allowed.`);
  }
  if (/[/\\]/.test(filename) || filename === '.' || filename === '..') {
    throw wrong('The name must be that of a file, without folders.');
  }
  try {
    assertUsableKey(filename);
  } catch (error) {
    throw error instanceof MillraceError ? wrong(error.message) : error;
  }
}

function checkSize(size: number, { maxSourceBytes, maxPutBytes }: UploadLimits): void {
  if (size === 0) throw refusal(422, 'input.empty', 'size', 'The file is empty.');
  if (size > maxSourceBytes) {
    const detail = `The file has ${size} bytes; at most ${maxSourceBytes} are accepted.`;
    throw refusal(413, 'input.too_large', 'size', detail);
  }
  if (size > maxPutBytes) {
    const detail = `The file has ${size} bytes; an upload in one piece takes at most ${maxPutBytes}.`;
    throw refusal(413, 'input.too_large', 'size', detail);
  }
}

function refusal(status: 413 | 422, code: ProblemCode, field: string, detail: string): ProblemError {
  return new ProblemError(status, code, detail, { errors: [{ field, detail }] });
}
