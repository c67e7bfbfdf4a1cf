import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BatchLeases, BatchRunEnder, BatchRuns } from '../../core/ports/batch.ts';
import type { ChunkCounter, ChunkedJobs, ChunkReader } from '../../core/ports/chunks.ts';
import type { Clock } from '../../core/ports/host.ts';
import type {
  JobCloser,
  JobIntake,
  JobLister,
  JobPartReader,
  JobPlans,
  JobReader,
  OpenWork,
} from '../../core/ports/job-store.ts';
import type { TaskHandOver, TaskLedger } from '../../core/ports/task-ledger.ts';
import type { UploadReservations } from '../../core/ports/uploads.ts';
import { createBatchLeases } from './batch-leases.ts';
import { createBatchRuns } from './batch-runs.ts';
import { createChunkReader } from './chunk-reader.ts';
import { createChunkedJobs } from './chunked-jobs.ts';
import { createJobCloser } from './job-closer.ts';
import { createJobIntake } from './job-intake.ts';
import { createJobLister } from './job-lister.ts';
import { createJobReader } from './job-reader.ts';
import { createOpenWork } from './open-work.ts';
import { createRetention } from './retention.ts';
import { createTaskHandOver } from './task-hand-over.ts';
import { createTaskLedger } from './task-ledger.ts';
import { createUploadReservations } from './upload-reservations.ts';

/** All state of the service, in one table (see `tableDefinition`). */
export interface JobStore
  extends JobReader,
    JobPartReader,
    JobLister,
    JobIntake,
    JobPlans,
    UploadReservations,
    TaskLedger,
    TaskHandOver,
    ChunkCounter,
    ChunkedJobs,
    ChunkReader,
    JobCloser,
    OpenWork {
  readonly batchRuns: BatchRuns & BatchRunEnder;
  readonly batchLeases: BatchLeases;
}

export interface JobStoreOptions {
  /** Days from its creation for which a job is kept; default 0: for ever. */
  readonly keepDays?: number;
  /** Tells which jobs are over their time; default the system's. */
  readonly clock?: Clock;
}

/**
 * @param client Must be made with `marshallOptions: { removeUndefinedValues: true }`, see `createTableClient`.
 */
export function createJobStore(
  client: DynamoDBDocumentClient,
  table: string,
  { keepDays = 0, clock = Date.now }: JobStoreOptions = {},
): JobStore {
  const retention = createRetention(keepDays);
  const reader = createJobReader(client, table, clock);
  return {
    ...reader,
    ...createJobLister(client, table, reader),
    ...createJobIntake(client, table, retention),
    ...createUploadReservations(client, table, retention),
    ...createTaskLedger(client, table),
    ...createTaskHandOver(client, table),
    ...createChunkedJobs(client, table, retention),
    ...createChunkReader(client, table),
    ...createJobCloser(client, table),
    ...createOpenWork(client, table, reader),
    batchRuns: createBatchRuns(client, table, retention),
    batchLeases: createBatchLeases(client, table, retention),
  };
}
