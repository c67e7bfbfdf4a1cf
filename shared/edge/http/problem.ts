import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import { type HeaderFields, reply } from './reply.ts';

/** Codes of what can be wrong with a request; a job's own codes are in core/errors.ts. */
export const REQUEST_CODES = [
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'request.media_type',
  'route.not_found',
  'route.method_not_allowed',
  'job.not_found',
  'file.not_found',
  'file.range_not_satisfiable',
  'auth.required',
  'auth.invalid',
  'service.unavailable',
  'service.failed',
] as const;
export type ProblemCode = (typeof REQUEST_CODES)[number] | ErrorCode;

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.enum([...REQUEST_CODES, ...ERROR_CODES]),
    errors: z
      .array(z.object({ field: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field of the request.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

export interface FieldError {
  /** Dotted path, for example `size`; empty for the whole body. */
  readonly field: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: HeaderFields;
  readonly cause?: unknown;
}

/** Thrown by whatever finds that a request cannot be answered; `createApp` turns it into the response. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: HeaderFields;

  constructor(status: number, code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

export function problemResponse(error: ProblemError): Response {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.errors === undefined ? {} : { errors: [...error.errors] }),
  };
  return reply(error.status, JSON.stringify(problem), {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...error.headers,
  });
}

/** The same for ids that are unknown and ids that cannot be: nobody learns which. */
export function jobNotFound(): ProblemError {
  return new ProblemError(404, 'job.not_found', 'There is no job with this id.');
}

/** Says which fields are wrong, in one sentence and as a list. */
export function invalidRequest(status: 400 | 422, errors: readonly FieldError[]): ProblemError {
  const detail = errors
    .map((error) => (error.field ? `${error.field}: ${error.detail}` : error.detail))
    .join('; ');
  return new ProblemError(status, 'request.invalid', detail, { errors });
}
