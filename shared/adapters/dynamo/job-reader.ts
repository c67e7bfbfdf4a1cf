import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Job } from '../../core/job.ts';
import type { Clock } from '../../core/ports/host.ts';
import type { JobPartReader, JobReader } from '../../core/ports/job-store.ts';
import { headerFromItem } from './header-item.ts';
import { CHUNK_PREFIX, headerKey, type ItemKey, jobPk, TASK_PREFIX, taskKey } from './item-keys.ts';
import { isForgotten } from './retention.ts';
import { taskFromItem } from './task-item.ts';

type Item = Record<string, unknown>;

export function createJobReader(
  client: DynamoDBDocumentClient,
  table: string,
  clock: Clock,
): JobReader & JobPartReader {
  /** The items of a job whose sort keys begin so; all of them when that is empty. */
  async function query(jobId: string, prefix: string): Promise<Item[]> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': jobPk(jobId), ...(prefix !== '' && { ':prefix': prefix }) },
        ConsistentRead: true,
      },
    );
    const items: Item[] = [];
    for await (const page of pages) items.push(...(page.Items ?? []));
    return items;
  }

  async function get(key: ItemKey): Promise<Item | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Item;
  }

  function jobOf(header: Item | undefined, items: readonly Item[]): Job | undefined {
    if (header === undefined || isForgotten(header, clock())) return undefined;
    const placed = (prefix: string) =>
      items
        .filter((item) => String(item['sk']).startsWith(prefix))
        .map(taskFromItem)
        .sort((a, b) => a.position - b.position)
        .map(({ task }) => task);
    return { header: headerFromItem(header), tasks: placed(TASK_PREFIX), chunks: placed(CHUNK_PREFIX) };
  }

  return {
    async read(jobId) {
      const items = await query(jobId, '');
      return jobOf(
        items.find((item) => item['sk'] === 'HEADER'),
        items,
      );
    },

    async readPart(jobId, name) {
      const [header, item] = await Promise.all([get(headerKey(jobId)), get(taskKey(jobId, name))]);
      return item === undefined ? undefined : jobOf(header, [item]);
    },

    async readTasks(jobId) {
      const [header, items] = await Promise.all([get(headerKey(jobId)), query(jobId, TASK_PREFIX)]);
      return jobOf(header, items);
    },
  };
}
