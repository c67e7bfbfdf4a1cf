import { z } from 'zod';
import { ERROR_CODES, type JobError, type Warning } from '../../core/errors.ts';
import type { MediaFile } from '../../core/hls/media-file.ts';
import type { StreamBitrate, StreamFacts } from '../../core/hls/stream-facts.ts';
import { OUTPUT_KINDS, type Output } from '../../core/job.ts';
import { RationalSchema } from './probe-schema.ts';

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
  passedThrough: z.boolean().optional(),
});

export const MediaFileSchema: z.ZodType<MediaFile> = z.object({
  track: z.string(),
  path: z.string(),
  contentType: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  codecs: z.string(),
  config: z.string(),
  headerBytes: z.number(),
  mediaOffset: z.number(),
  timescale: z.number(),
  start: z.number(),
  segments: z.array(z.object({ bytes: z.number(), duration: z.number() })),
});

const StreamBitrateSchema: z.ZodType<StreamBitrate> = z.object({ peak: z.number(), average: z.number() });

export const StreamFactsSchema: z.ZodType<StreamFacts> = z.object({
  track: z.string(),
  path: z.string(),
  codecs: z.string(),
  bitrate: StreamBitrateSchema,
  picture: z
    .object({
      width: z.number(),
      height: z.number(),
      frameRate: RationalSchema,
      keyframes: z.object({ path: z.string(), bitrate: StreamBitrateSchema }),
    })
    .nullable(),
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
