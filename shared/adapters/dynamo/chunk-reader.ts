import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chunkName } from '../../core/chunks/chunk-names.ts';
import type { Task } from '../../core/job.ts';
import type { ChunkReader } from '../../core/ports/chunks.ts';
import { jobPk, taskKey } from './item-keys.ts';
import { taskFromItem } from './task-item.ts';

/** Items of the first look for a gap, which is near for those who ask again and again, and of each further one. */
const PAGES_TO_GAP = { first: 8, further: 200 } as const;
/** The last that a name of five digits can tell. */
const LAST_INDEX = 99_999;

export function createChunkReader(client: DynamoDBDocumentClient, table: string): ChunkReader {
  return {
    async readChunks(jobId, { kind, index }, until) {
      const found: Task[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const limit = start === undefined ? PAGES_TO_GAP.first : PAGES_TO_GAP.further;
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :last',
            ExpressionAttributeValues: {
              ':pk': jobPk(jobId),
              ':from': taskKey(jobId, chunkName({ kind, index })).sk,
              ':last': taskKey(jobId, chunkName({ kind, index: LAST_INDEX })).sk,
            },
            ConsistentRead: true,
            ...(until === 'gap' && { Limit: limit }),
            ExclusiveStartKey: start,
          }),
        );
        for (const item of Items) {
          const { task } = taskFromItem(item);
          if (until === 'gap' && task.state !== 'succeeded') return found;
          found.push(task);
        }
        start = LastEvaluatedKey;
      } while (start !== undefined);
      return found;
    },
  };
}
