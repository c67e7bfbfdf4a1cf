import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../core/ports/host.ts';
import type { JobReader } from '../../core/ports/job-store.ts';
import { headerFromItem } from './header-item.ts';
import { CHUNK_PREFIX, jobPk, TASK_PREFIX } from './item-keys.ts';
import { isForgotten } from './retention.ts';
import { taskFromItem } from './task-item.ts';

export function createJobReader(client: DynamoDBDocumentClient, table: string, clock: Clock): JobReader {
  return {
    async read(jobId) {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': jobPk(jobId) },
          ConsistentRead: true,
        },
      );
      const items: Record<string, unknown>[] = [];
      for await (const page of pages) items.push(...(page.Items ?? []));
      const header = items.find((item) => item['sk'] === 'HEADER');
      if (header === undefined || isForgotten(header, clock())) return undefined;
      const placed = (prefix: string) =>
        items
          .filter((item) => String(item['sk']).startsWith(prefix))
          .map(taskFromItem)
          .sort((a, b) => a.position - b.position)
          .map(({ task }) => task);
      return { header: headerFromItem(header), tasks: placed(TASK_PREFIX), chunks: placed(CHUNK_PREFIX) };
    },
  };
}
