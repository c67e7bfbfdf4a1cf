/** Stable codes of everything that can go wrong with a job (public contract: never rename one). */
export const ERROR_CODES = [
  'input.missing',
  'input.empty',
  'input.unsupported',
  'input.no_video',
  'input.corrupt',
  'input.encrypted',
  'input.too_large',
  'input.too_long',
  'input.too_many_pixels',
  'input.bad_key',
  'limit.timeout',
  'limit.memory',
  'limit.disk',
  'limit.budget',
  'encode.failed',
  'output.invalid',
  'infrastructure',
  'canceled',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a user is told. `task` is null when the whole job is concerned. */
export interface JobError {
  readonly code: ErrorCode;
  /** What was wrong, what was expected, what was found; words for a user, without paths, stacks or URLs. */
  readonly detail: string;
  /** What the user or operator can do about it. */
  readonly remedy: string;
  readonly task: string | null;
  /** Whether the same work could succeed if tried again. */
  readonly retryable: boolean;
}

export interface Warning {
  readonly code: 'source.incomplete';
  readonly detail: string;
}

const REMEDIES: Readonly<Record<ErrorCode, string>> = {
  'input.missing': 'Upload the file again.',
  'input.empty': 'Upload the file again; the upload was empty.',
  'input.unsupported': 'Upload a video file, for example MP4, MOV, MKV, WebM, AVI or MPEG-TS.',
  'input.no_video': 'Upload a file that has a video track.',
  'input.corrupt': 'Export the video again from its original and upload the new file.',
  'input.encrypted': 'Upload a copy without copy protection.',
  'input.too_large': 'Upload a smaller file, or ask the operator for a higher size limit.',
  'input.too_long': 'Upload a shorter video, or ask the operator for a higher duration limit.',
  'input.too_many_pixels': 'Upload a video with a smaller frame size.',
  'input.bad_key': 'Upload the file again under a name without control characters.',
  'limit.timeout': 'Upload a shorter video, or ask the operator for a longer limit or more processors.',
  'limit.memory': 'Upload a video with a smaller picture, or ask the operator for more memory.',
  'limit.disk': 'Upload a shorter video, or ask the operator for more scratch space.',
  'limit.budget': 'Ask the operator to raise the budget.',
  'encode.failed': 'Retry the job; if it fails again, report it with the job id.',
  'output.invalid': 'Retry the job; if it fails again, report it with the job id.',
  infrastructure: 'Retry the job.',
  canceled: 'Retry the job to start it again.',
};

export interface MillraceErrorOptions {
  /** Decided by whoever throws; defaults to false: trying again would end the same way. */
  readonly retryable?: boolean;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error type that carries a stable code; anything else that is thrown is a defect or an outage. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly retryable: boolean;

  constructor(code: ErrorCode, detail: string, options: MillraceErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? REMEDIES[code];
    this.retryable = options.retryable ?? false;
  }
}

/**
 * The public face of any thrown value. What is not a {@link MillraceError} becomes a retryable
 * `infrastructure` error whose detail says nothing internal; log the original beside it.
 */
export function toJobError(thrown: unknown, task: string | null): JobError {
  const error =
    thrown instanceof MillraceError
      ? thrown
      : new MillraceError('infrastructure', 'A part of the service failed while working on this video.', {
          retryable: true,
        });
  return { code: error.code, detail: error.message, remedy: error.remedy, task, retryable: error.retryable };
}
