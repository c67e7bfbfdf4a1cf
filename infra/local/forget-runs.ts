import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchRunKey } from '../../shared/adapters/dynamo/item-keys.ts';
import type { OpenWork } from '../../shared/core/ports/job-store.ts';
import { openJobIds } from './open-job-ids.ts';

/** Makes all open jobs as if nobody had asked for a container: those there were are gone with the stack before. */
export async function forgetRuns(
  client: DynamoDBDocumentClient,
  table: string,
  work: Pick<OpenWork, 'openJobs'>,
): Promise<void> {
  for await (const jobId of openJobIds(work)) {
    await client.send(new DeleteCommand({ TableName: table, Key: batchRunKey(jobId) }));
  }
}
