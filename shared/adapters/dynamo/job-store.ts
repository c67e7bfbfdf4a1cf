import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type {
  JobCloser,
  JobIntake,
  JobLister,
  JobReader,
  OpenWork,
  TaskLedger,
  UploadReservations,
} from '../../core/ports.ts';
import { createJobCloser } from './job-closer.ts';
import { createJobIntake } from './job-intake.ts';
import { createJobLister } from './job-lister.ts';
import { createJobReader } from './job-reader.ts';
import { createOpenWork } from './open-work.ts';
import { createTaskLedger } from './task-ledger.ts';
import { createUploadReservations } from './upload-reservations.ts';

/** All state of the service, in one table (see `tableDefinition`). */
export interface JobStore
  extends JobReader,
    JobLister,
    JobIntake,
    UploadReservations,
    TaskLedger,
    JobCloser,
    OpenWork {}

/**
 * @param client Must be made with `marshallOptions: { removeUndefinedValues: true }`, see `createTableClient`.
 */
export function createJobStore(client: DynamoDBDocumentClient, table: string): JobStore {
  const reader = createJobReader(client, table);
  return {
    ...reader,
    ...createJobLister(client, table, reader),
    ...createJobIntake(client, table),
    ...createUploadReservations(client, table),
    ...createTaskLedger(client, table),
    ...createJobCloser(client, table),
    ...createOpenWork(client, table, reader),
  };
}
