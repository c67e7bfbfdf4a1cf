import { tmpdir } from 'node:os';
import { z } from 'zod';
import { LANES } from '../core/job.ts';
import { DEFAULT_PROFILE, PRESETS, type Profile } from '../core/ladder.ts';

const positive = z.coerce.number().positive();
/** How dispatch chooses: from a prediction, or always the same. */
export const JOB_LANES = ['auto', 'lambda', 'chunked', 'batch'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const Environment = z.object({
  JOBS_TABLE: z.string(),
  UPLOADS_BUCKET: z.string(),
  OUTPUTS_BUCKET: z.string(),
  TASKS_TOPIC_ARN: z.string(),
  EVENTS_TOPIC_ARN: z.string(),
  UPLOADS_QUEUE_URL: z.string(),
  OBJECTS_URL: z
    .string()
    .regex(/^file:\/\/\//, 'must be a file: URL with an absolute path')
    .optional(),
  TASK_NAMES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  LANE: z.enum(LANES).default('lambda'),
  JOB_LANE: z.enum(JOB_LANES).default('auto'),
  JOB_ID: z.string().optional(),
  AWS_BATCH_JOB_ID: z.string().optional(),
  AWS_BATCH_JOB_ATTEMPT: positive.default(1),
  BATCH_SPOT_QUEUE: z.string().optional(),
  BATCH_ON_DEMAND_QUEUE: z.string().optional(),
  BATCH_VCPUS: positive.default(4),
  BATCH_MEMORY_MB: positive.default(8192),
  BATCH_TIMEOUT_SECONDS: positive.default(43_200),
  BATCH_START_SECONDS: positive.default(600),
  BATCH_HEARTBEAT_SECONDS: positive.default(5),
  HAND_OVER_RESERVE_SECONDS: positive.default(30),
  LEASE_SECONDS: positive.default(120),
  HEARTBEAT_SECONDS: positive.default(1),
  SWEEP_AFTER_SECONDS: positive.default(300),
  FFMPEG_PATH: z.string().optional(),
  FFPROBE_PATH: z.string().optional(),
  SCRATCH_DIR: z.string().optional(),
  X264_PRESET: z.enum(PRESETS).default(DEFAULT_PROFILE.preset),
  X264_CRF: z.coerce.number().min(0).max(51).default(DEFAULT_PROFILE.crf),
  PASS_THROUGH: z.enum(['on', 'off']).default('off'),
  MAX_SOURCE_BYTES: positive.default(50_000_000_000),
  MAX_SOURCE_SECONDS: positive.default(6 * 3600),
  MAX_SOURCE_PIXELS: positive.default(40_000_000),
  LAMBDA_TIMEOUT_SECONDS: positive.default(900),
  LAMBDA_MEMORY_MB: positive.default(3008),
  LAMBDA_SCRATCH_MB: positive.default(10_240),
  CHUNK_WINDOW: positive.int().default(5),
  CHUNK_MEMORY_MB: positive.default(1769),
  CHUNK_TIMEOUT_SECONDS: positive.default(900),
  CHUNK_SCRATCH_MB: positive.default(1024),
  CHUNK_HEARTBEAT_SECONDS: positive.default(5),
  CHUNK_SEGMENTS: positive.int().optional(),
  PUBLIC_URL: z.string().optional(),
  API_TOKEN_PARAMETER: z.string().optional(),
  KEEP_JOBS_DAYS: z.coerce
    .number()
    .refine((days) => days === 0 || days >= 1, 'must be 0 or at least 1')
    .default(0),
  UPLOAD_GRANT_SECONDS: positive.default(3600),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Everything the environment says, for every entry point; nothing else reads it. */
export interface Config {
  readonly jobsTable: string;
  readonly uploadsBucket: string;
  readonly outputsBucket: string;
  readonly tasksTopicArn: string;
  readonly eventsTopicArn: string;
  readonly uploadsQueueUrl: string;
  /** `file:///dir` whose sub-directories are the buckets; null for S3. */
  readonly objectsUrl: string | null;
  /** Names of the tasks this consumer makes; empty where none is. */
  readonly taskNames: readonly string[];
  readonly lane: (typeof LANES)[number];
  readonly leaseSeconds: number;
  readonly heartbeatSeconds: number;
  /** Age in seconds from which the sweep takes unfinished work for lost. */
  readonly sweepAfterSeconds: number;
  /** Null: the packaged binary. */
  readonly ffmpegPath: string | null;
  readonly ffprobePath: string | null;
  readonly scratchDir: string;
  readonly profile: Profile;
  readonly limits: {
    readonly maxSourceBytes: number;
    readonly maxSourceSeconds: number;
    /** Of one frame. */
    readonly maxSourcePixels: number;
  };
  /** What a rendition function has, for predictions. */
  readonly lambda: {
    readonly timeoutSeconds: number;
    readonly memoryMb: number;
    readonly scratchMb: number;
  };
  /** What a chunk function has, and how chunked jobs use it. */
  readonly chunks: {
    /** Chunks of one job that are rung for at a time. */
    readonly window: number;
    readonly memoryMb: number;
    readonly timeoutSeconds: number;
    readonly scratchMb: number;
    /** Between two heartbeats of a chunk. */
    readonly heartbeatSeconds: number;
    /** Null: as the source suggests. */
    readonly segmentsPerChunk: number | null;
  };
  /** How dispatch chooses the lane of a job. */
  readonly jobLane: (typeof JOB_LANES)[number];
  /** The job that a container is to work on; null for everybody else. */
  readonly jobId: string | null;
  /** The AWS Batch job that this process is an attempt of, the first is 1; null for everybody else. */
  readonly batchAttempt: { readonly batchJobId: string; readonly attempt: number } | null;
  /** What a container has, and where it is asked for. */
  readonly batch: {
    /** ARN or name; null where no container is ever asked for. */
    readonly spotQueue: string | null;
    readonly onDemandQueue: string | null;
    /** Smallest scratch size first; empty where no container is ever asked for. */
    readonly definitions: readonly { readonly scratchGb: number; readonly definition: string }[];
    readonly vcpus: number;
    readonly memoryMb: number;
    /** Of one attempt. */
    readonly timeoutSeconds: number;
    /** Without a start, after which a job is asked for on demand. */
    readonly startSeconds: number;
    /** Between two heartbeats of each of its tasks. */
    readonly heartbeatSeconds: number;
  };
  /** Before a function's end, by which its task must be in other hands. */
  readonly handOverReserveSeconds: number;
  /** Where front ends reach the API, without a slash at the end; null: as the request says. */
  readonly publicUrl: string | null;
  /** Name of the SSM parameter with the bearer token; null: no token is asked for. */
  readonly apiTokenParameter: string | null;
  readonly uploadGrantSeconds: number;
  /** From the creation of a job; 0: for ever. */
  readonly keepJobsDays: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/**
 * Reads the environment once; an empty value counts as unset.
 * @throws Error naming every variable that is missing or not usable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return set[name] === undefined ? `${name} is not set` : `${name}: ${issue.message}`;
    });
    throw new Error(`The environment is not complete: ${problems.join('; ')}.`);
  }
  const read = parsed.data;
  return {
    jobsTable: read.JOBS_TABLE,
    uploadsBucket: read.UPLOADS_BUCKET,
    outputsBucket: read.OUTPUTS_BUCKET,
    tasksTopicArn: read.TASKS_TOPIC_ARN,
    eventsTopicArn: read.EVENTS_TOPIC_ARN,
    uploadsQueueUrl: read.UPLOADS_QUEUE_URL,
    objectsUrl: read.OBJECTS_URL ?? null,
    taskNames: read.TASK_NAMES,
    lane: read.LANE,
    leaseSeconds: read.LEASE_SECONDS,
    heartbeatSeconds: read.HEARTBEAT_SECONDS,
    sweepAfterSeconds: read.SWEEP_AFTER_SECONDS,
    ffmpegPath: read.FFMPEG_PATH ?? null,
    ffprobePath: read.FFPROBE_PATH ?? null,
    scratchDir: read.SCRATCH_DIR ?? tmpdir(),
    profile: {
      ...DEFAULT_PROFILE,
      preset: read.X264_PRESET,
      crf: read.X264_CRF,
      passThrough: read.PASS_THROUGH === 'on',
    },
    limits: {
      maxSourceBytes: read.MAX_SOURCE_BYTES,
      maxSourceSeconds: read.MAX_SOURCE_SECONDS,
      maxSourcePixels: read.MAX_SOURCE_PIXELS,
    },
    lambda: {
      timeoutSeconds: read.LAMBDA_TIMEOUT_SECONDS,
      memoryMb: read.LAMBDA_MEMORY_MB,
      scratchMb: read.LAMBDA_SCRATCH_MB,
    },
    chunks: {
      window: read.CHUNK_WINDOW,
      memoryMb: read.CHUNK_MEMORY_MB,
      timeoutSeconds: read.CHUNK_TIMEOUT_SECONDS,
      scratchMb: read.CHUNK_SCRATCH_MB,
      heartbeatSeconds: read.CHUNK_HEARTBEAT_SECONDS,
      segmentsPerChunk: read.CHUNK_SEGMENTS ?? null,
    },
    jobLane: read.JOB_LANE,
    jobId: read.JOB_ID ?? null,
    batchAttempt:
      read.AWS_BATCH_JOB_ID === undefined
        ? null
        : { batchJobId: read.AWS_BATCH_JOB_ID, attempt: read.AWS_BATCH_JOB_ATTEMPT },
    batch: {
      spotQueue: read.BATCH_SPOT_QUEUE ?? null,
      onDemandQueue: read.BATCH_ON_DEMAND_QUEUE ?? null,
      definitions: batchDefinitions(set),
      vcpus: read.BATCH_VCPUS,
      memoryMb: read.BATCH_MEMORY_MB,
      timeoutSeconds: read.BATCH_TIMEOUT_SECONDS,
      startSeconds: read.BATCH_START_SECONDS,
      heartbeatSeconds: read.BATCH_HEARTBEAT_SECONDS,
    },
    handOverReserveSeconds: read.HAND_OVER_RESERVE_SECONDS,
    publicUrl: read.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    apiTokenParameter: read.API_TOKEN_PARAMETER ?? null,
    uploadGrantSeconds: read.UPLOAD_GRANT_SECONDS,
    keepJobsDays: read.KEEP_JOBS_DAYS,
    logLevel: read.LOG_LEVEL,
  };
}

/** `BATCH_DEFINITION_30=…` names the job definition with 30 GB of scratch space. */
function batchDefinitions(env: Readonly<Record<string, string | undefined>>): Config['batch']['definitions'] {
  return Object.entries(env)
    .flatMap(([name, definition]) => {
      const scratchGb = /^BATCH_DEFINITION_(\d+)$/.exec(name)?.[1];
      return scratchGb === undefined || definition === undefined
        ? []
        : [{ scratchGb: Number(scratchGb), definition }];
    })
    .sort((a, b) => a.scratchGb - b.scratchGb);
}
