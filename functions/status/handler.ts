import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { handle } from 'hono/aws-lambda';
import { AWS_LIMITS } from '../../shared/adapters/aws-limits.ts';
import { createChunkReader } from '../../shared/adapters/dynamo/chunk-reader.ts';
import { createJobLister } from '../../shared/adapters/dynamo/job-lister.ts';
import { createJobReader } from '../../shared/adapters/dynamo/job-reader.ts';
import { createRetention } from '../../shared/adapters/dynamo/retention.ts';
import { createTableClient } from '../../shared/adapters/dynamo/table-client.ts';
import { createUploadReservations } from '../../shared/adapters/dynamo/upload-reservations.ts';
import { openObjectStore, openOutputLinks } from '../../shared/adapters/object-store.ts';
import { createS3UploadGranter } from '../../shared/adapters/s3-upload-granter.ts';
import { ssmToken } from '../../shared/adapters/ssm-token.ts';
import { profileHash } from '../../shared/core/ladder.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { createApp } from '../../shared/edge/http/app.ts';
import { createLogger } from '../../shared/edge/logger.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';

const config = readConfig(process.env);
// Not the whole store: the function's role holds what these send.
const table = createTableClient();
const reader = createJobReader(table, config.jobsTable, Date.now);
const outputs = { objectsUrl: config.objectsUrl ?? undefined, bucket: config.outputsBucket };
const { apiTokenParameter } = config;

const app = createApp(
  {
    reader: { ...reader, ...createChunkReader(table, config.jobsTable) },
    lister: createJobLister(table, config.jobsTable, reader),
    reservations: createUploadReservations(table, config.jobsTable, createRetention(config.keepJobsDays)),
    granter: createS3UploadGranter({
      client: new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' }),
      bucket: config.uploadsBucket,
      clock: Date.now,
    }),
    outputs: openObjectStore(outputs),
    link: openOutputLinks(outputs),
    newId: randomUUID,
    now: Date.now,
    log: createLogger(config.logLevel, { function: 'status' }),
  },
  {
    uploadsBucket: config.uploadsBucket,
    profileHash: profileHash(config.profile, sha256Hex),
    maxSourceBytes: config.limits.maxSourceBytes,
    uploadGrantSeconds: config.uploadGrantSeconds,
    publicUrl: config.publicUrl ?? undefined,
    token:
      apiTokenParameter === null
        ? undefined
        : ssmToken(new SSMClient({ requestHandler: AWS_LIMITS }), apiTokenParameter, Date.now),
  },
);

export const handler = handle(app);
