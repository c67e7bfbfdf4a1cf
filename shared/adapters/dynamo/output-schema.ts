import { z } from 'zod';
import { ERROR_CODES, type JobError, type Warning } from '../../core/errors.ts';
import { OUTPUT_KINDS, type Output } from '../../core/job.ts';

export const OutputSchema: z.ZodType<Output> = z.object({
  name: z.string(),
  kind: z.enum(OUTPUT_KINDS),
  path: z.string(),
  contentType: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  durationSeconds: z.number().nullable(),
  bitrate: z.number().nullable(),
  codecs: z.string().nullable(),
});

export const JobErrorSchema: z.ZodType<JobError> = z.object({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  remedy: z.string(),
  task: z.string().nullable(),
  retryable: z.boolean(),
});

export const WarningSchema: z.ZodType<Warning> = z.object({
  code: z.literal('source.incomplete'),
  detail: z.string(),
});
