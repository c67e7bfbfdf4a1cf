import { S3ServiceException } from '@aws-sdk/client-s3';
import { MillraceError } from '../core/errors.ts';

/** HTTP status of a failed S3 request; undefined when there was no answer. */
export function s3Status(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/**
 * What a failed read of one object means: `input.missing` when it is gone (404) or no longer the pinned version
 * (412), a RangeError for a range outside it (416), otherwise a retryable `infrastructure`.
 */
export function s3ReadError(error: unknown): Error {
  const status = s3Status(error);
  if (status === 404) {
    return new MillraceError('input.missing', 'The file is gone: it was removed before it was read.', {
      cause: error,
    });
  }
  if (status === 412) {
    return new MillraceError('input.missing', 'The file was replaced by another upload before it was read.', {
      cause: error,
    });
  }
  if (status === 416) return new RangeError('the range lies outside the object', { cause: error });
  return s3Outage(error);
}

/** Throttled, refused or unreachable beyond the client's own retries; a later attempt may find it well. */
export function s3Outage(error: unknown): MillraceError {
  return new MillraceError('infrastructure', 'The object store did not do what it was asked.', {
    retryable: true,
    cause: error,
  });
}
