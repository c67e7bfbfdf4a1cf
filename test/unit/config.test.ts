import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/edge/config.ts';

const REQUIRED = {
  JOBS_TABLE: 'jobs',
  UPLOADS_BUCKET: 'up',
  OUTPUTS_BUCKET: 'out',
  TASKS_TOPIC_ARN: 'arn:tasks',
  EVENTS_TOPIC_ARN: 'arn:events',
  UPLOADS_QUEUE_URL: 'http://queue',
};

describe('readConfig', () => {
  it('fills in defaults', () => {
    expect(readConfig({ ...REQUIRED, SCRATCH_DIR: '/scratch', OBJECTS_URL: '' })).toEqual({
      jobsTable: 'jobs',
      uploadsBucket: 'up',
      outputsBucket: 'out',
      tasksTopicArn: 'arn:tasks',
      eventsTopicArn: 'arn:events',
      uploadsQueueUrl: 'http://queue',
      objectsUrl: null,
      taskNames: [],
      lane: 'lambda',
      leaseSeconds: 120,
      heartbeatSeconds: 1,
      sweepAfterSeconds: 300,
      ffmpegPath: null,
      ffprobePath: null,
      scratchDir: '/scratch',
      profile: expect.objectContaining({ preset: 'veryfast', crf: 23, passThrough: false }),
      limits: { maxSourceBytes: 50_000_000_000, maxSourceSeconds: 21_600, maxSourcePixels: 40_000_000 },
      lambda: { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 10_240 },
      chunks: {
        window: 5,
        memoryMb: 1769,
        timeoutSeconds: 900,
        scratchMb: 1024,
        heartbeatSeconds: 5,
        segmentsPerChunk: null,
      },
      jobLane: 'auto',
      jobId: null,
      batchAttempt: null,
      batch: {
        spotQueue: null,
        onDemandQueue: null,
        definitions: [],
        vcpus: 4,
        memoryMb: 8192,
        timeoutSeconds: 43_200,
        startSeconds: 600,
        heartbeatSeconds: 5,
      },
      handOverReserveSeconds: 30,
      publicUrl: null,
      apiTokenParameter: null,
      uploadGrantSeconds: 3600,
      keepJobsDays: 0,
      logLevel: 'info',
    });
  });

  it('takes what is set', () => {
    const config = readConfig({
      ...REQUIRED,
      OBJECTS_URL: 'file:///data',
      TASK_NAMES: '480p, 720p',
      LANE: 'batch',
      LEASE_SECONDS: '1.5',
      X264_PRESET: 'medium',
      X264_CRF: '0',
      MAX_SOURCE_BYTES: '1000',
      PUBLIC_URL: 'https://video.example/',
      JOB_LANE: 'chunked',
      CHUNK_WINDOW: '100',
      CHUNK_SEGMENTS: '4',
      PASS_THROUGH: 'on',
      JOB_ID: 'job-1',
      AWS_BATCH_JOB_ID: 'batch-1',
      AWS_BATCH_JOB_ATTEMPT: '2',
      BATCH_DEFINITION_100: 'arn:hundred',
      BATCH_DEFINITION_30: 'arn:thirty',
    });
    expect(config).toMatchObject({
      objectsUrl: 'file:///data',
      taskNames: ['480p', '720p'],
      lane: 'batch',
      leaseSeconds: 1.5,
      profile: { preset: 'medium', crf: 0, passThrough: true },
      limits: { maxSourceBytes: 1000 },
      jobLane: 'chunked',
      chunks: { window: 100, segmentsPerChunk: 4 },
      jobId: 'job-1',
      batchAttempt: { batchJobId: 'batch-1', attempt: 2 },
      batch: {
        definitions: [
          { scratchGb: 30, definition: 'arn:thirty' },
          { scratchGb: 100, definition: 'arn:hundred' },
        ],
      },
      publicUrl: 'https://video.example',
    });
  });

  it('names everything that is missing or wrong at once', () => {
    const env = {
      ...REQUIRED,
      JOBS_TABLE: undefined,
      TASKS_TOPIC_ARN: '',
      LEASE_SECONDS: 'soon',
      LANE: 'x',
      CHUNK_SEGMENTS: '1.5',
      KEEP_JOBS_DAYS: '0.5',
    };
    expect(() => readConfig(env)).toThrow(
      /JOBS_TABLE is not set; TASKS_TOPIC_ARN is not set; LANE: .*; LEASE_SECONDS: .*; CHUNK_SEGMENTS: .*; KEEP_JOBS_DAYS: must be 0 or at least 1/,
    );
  });
});
