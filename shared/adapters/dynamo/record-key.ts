import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { JobHeader } from '../../core/job.ts';
import { keyListPk, timeSk } from './item-keys.ts';
import type { Retention } from './retention.ts';

/** Enters a recorded job in the list of its key; the same item however often. */
export async function recordKey(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
  header: JobHeader,
): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: table,
      Item: {
        pk: keyListPk(header.source.key),
        sk: timeSk(header.createdAt, header.id),
        ...retention.job(Date.parse(header.createdAt)),
      },
    }),
  );
}
