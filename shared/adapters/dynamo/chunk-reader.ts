import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { chunkName } from '../../core/chunks/chunk-names.ts';
import type { Task } from '../../core/job.ts';
import type { ChunkReader } from '../../core/ports/chunks.ts';
import { jobPk, taskKey } from './item-keys.ts';
import { taskFromItem } from './task-item.ts';

/** Of a read that ends at a gap: few, because most ask again and again for what comes next. */
const ITEMS_TO_GAP = 50;
/** The last that a name of five digits can tell. */
const LAST_INDEX = 99_999;

export function createChunkReader(client: DynamoDBDocumentClient, table: string): ChunkReader {
  return {
    async readChunks(jobId, { kind, index }, until) {
      const pages = paginateQuery(
        { client, ...(until === 'gap' && { pageSize: ITEMS_TO_GAP }) },
        {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :last',
          ExpressionAttributeValues: {
            ':pk': jobPk(jobId),
            ':from': taskKey(jobId, chunkName({ kind, index })).sk,
            ':last': taskKey(jobId, chunkName({ kind, index: LAST_INDEX })).sk,
          },
          ConsistentRead: true,
        },
      );
      const found: Task[] = [];
      for await (const { Items = [] } of pages) {
        for (const item of Items) {
          const { task } = taskFromItem(item);
          if (until === 'gap' && task.state !== 'succeeded') return found;
          found.push(task);
        }
      }
      return found;
    },
  };
}
