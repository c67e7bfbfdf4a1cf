import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { JOB_STATES, LANES, OUTPUT_KINDS, TASK_STATES } from './job.ts';

/** ISO 8601 in UTC, for example `2026-11-22T10:00:00.000Z`. */
const Timestamp = z.iso.datetime();
const Fraction = z.number().min(0).max(1);

/** Why a job or a task ended badly; what a user is told. */
export const JobErrorSchema = z
  .object({
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    remedy: z.string(),
    task: z.string().nullable(),
    retryable: z.boolean(),
  })
  .meta({ id: 'JobError' });

export const WarningSchema = z.object({ code: z.string(), detail: z.string() }).meta({ id: 'Warning' });

/** The uploaded object; everything after `size` is null until it has been probed. */
export const SourceDocument = z
  .object({
    bucket: z.string(),
    key: z.string().meta({ description: 'Decoded object key.' }),
    size: z.int().nonnegative().meta({ description: 'Bytes.' }),
    durationSeconds: z.number().nullable(),
    width: z
      .int()
      .nullable()
      .meta({ description: 'Pixels as shown, after rotation and sample aspect ratio.' }),
    height: z.int().nullable(),
    frameRate: z.number().nullable().meta({ description: 'Frames per second, on average.' }),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
  })
  .meta({ id: 'Source' });
export type SourceDocument = z.infer<typeof SourceDocument>;

export const TaskDocument = z
  .object({
    name: z.string(),
    state: z.enum(TASK_STATES),
    progress: Fraction,
    attempt: z.int().nonnegative().meta({ description: 'Attempts so far; 0 before the first.' }),
    lane: z.enum(LANES),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    error: JobErrorSchema.nullable(),
    skipReason: z.string().nullable(),
    billed: z.object({ ms: z.number(), memoryMb: z.number(), vcpuSeconds: z.number() }).meta({
      description: 'Of all ended attempts: function milliseconds at this memory, container vCPU-seconds.',
    }),
  })
  .meta({ id: 'Task' });
export type TaskDocument = z.infer<typeof TaskDocument>;

export const ChunksDocument = z
  .object({
    total: z.int().positive(),
    pending: z.int().nonnegative(),
    running: z.int().nonnegative(),
    succeeded: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    canceled: z.int().nonnegative(),
  })
  .meta({ id: 'Chunks' });

export const OutputDocument = z
  .object({
    name: z.string(),
    kind: z.enum(OUTPUT_KINDS),
    key: z.string().meta({ description: 'Object key in the outputs bucket.' }),
    url: z.string().meta({ description: 'Absolute address that serves the file or redirects to it.' }),
    contentType: z.string(),
    bytes: z.int().nonnegative(),
    sha256: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    durationSeconds: z.number().nullable(),
    bitrate: z.number().nullable().meta({ description: 'Bits per second over the whole file.' }),
    codecs: z.string().nullable().meta({ description: 'RFC 6381.' }),
    passedThrough: z.boolean().optional().meta({
      description: "Whether the picture is the source's own, copied and not encoded; absent: it is not.",
    }),
  })
  .meta({ id: 'Output' });
export type OutputDocument = z.infer<typeof OutputDocument>;

/** The answer to `GET /v1/jobs/{id}`. */
export const JobDocument = z
  .object({
    id: z.string(),
    state: z.enum(JOB_STATES),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int().nonnegative().meta({ description: 'Grows with every visible change.' }),
    source: SourceDocument,
    progress: Fraction.meta({ description: 'Never falls; 1 only when the job has completed.' }),
    etaSeconds: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'Seconds from `updatedAt`; null when unknown or ended.' }),
    lane: z.enum(LANES),
    laneReason: z.string(),
    tasks: z.array(TaskDocument),
    chunks: ChunksDocument.nullable().meta({
      description: 'Pieces that a job of the lane `chunked` is cut into; null in other lanes.',
    }),
    outputs: z.array(OutputDocument),
    warnings: z.array(WarningSchema),
    error: JobErrorSchema.nullable(),
    cost: z
      .object({ estimatedUsd: z.number().nonnegative() })
      .meta({ description: 'Estimate at list prices of what the ended attempts used.' }),
  })
  .meta({ id: 'Job' });
export type JobDocument = z.infer<typeof JobDocument>;

/** The answer to `GET /v1/jobs`. */
export const JobListDocument = z
  .object({
    jobs: z.array(JobDocument),
    cursor: z.string().nullable().meta({ description: 'For the next page; null at the end.' }),
  })
  .meta({ id: 'JobList' });
export type JobListDocument = z.infer<typeof JobListDocument>;
