import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { Job } from '../../core/job.ts';
import type { JobLister, JobPartReader, JobQuery } from '../../core/ports/job-store.ts';
import { expressionParts } from './expressions.ts';
import { INDEX_SHARDS, idOfTimeSk, indexPk, keyListPk } from './item-keys.ts';
import { LIST_INDEX } from './table.ts';

/** The sort key of the last job seen; the same in every shard, so that one cursor pages through all of them. */
const CursorSchema = z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z#[\w-]+$/);

function decodeCursor(cursor: string): string {
  const parsed = CursorSchema.safeParse(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!parsed.success) throw new RangeError('The cursor is not one that a list has given.');
  return parsed.data;
}

function encodeCursor(sortKey: string): string {
  return Buffer.from(sortKey, 'utf8').toString('base64url');
}

export function createJobLister(
  client: DynamoDBDocumentClient,
  table: string,
  reader: Pick<JobPartReader, 'readTasks'>,
): JobLister {
  /** Sort keys of one partition below `before`, descending. */
  async function partition(
    query: JobQuery,
    where: { readonly index?: string; readonly pkName: string; readonly pk: string; readonly skName: string },
    before: string | undefined,
  ): Promise<string[]> {
    const found: string[] = [];
    const condition = `#${where.pkName} = :pk${before === undefined ? '' : ` AND #${where.skName} < :before`}`;
    const filter = where.index !== undefined && query.state !== undefined ? '#state = :state' : undefined;
    let start: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          ...(where.index !== undefined && { IndexName: where.index }),
          KeyConditionExpression: condition,
          ...(filter !== undefined && { FilterExpression: filter }),
          ...expressionParts([condition, filter ?? ''], { pk: where.pk, before, state: query.state }),
          ScanIndexForward: false,
          Limit: query.limit,
          ExclusiveStartKey: start,
        }),
      );
      found.push(...(page.Items ?? []).map((item) => String(item[where.skName])));
      start = page.LastEvaluatedKey;
    } while (start !== undefined && found.length < query.limit);
    return found;
  }

  async function sortKeys(query: JobQuery, before: string | undefined): Promise<string[]> {
    const places =
      query.key === undefined
        ? INDEX_SHARDS.map((shard) => ({
            index: LIST_INDEX,
            pkName: 'listPk',
            pk: indexPk('JOBS', shard),
            skName: 'listSk',
          }))
        : [{ pkName: 'pk', pk: keyListPk(query.key), skName: 'sk' }];
    const found = await Promise.all(places.map((place) => partition(query, place, before)));
    return found
      .flat()
      .sort((a, b) => (a < b ? 1 : -1))
      .slice(0, query.limit);
  }

  return {
    async list(query) {
      let before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const found: { readonly sortKey: string; readonly job: Job }[] = [];
      for (;;) {
        // One more than asked for tells whether a further page exists.
        const batch = await sortKeys({ ...query, limit: query.limit + 1 }, before);
        const read = await Promise.all(batch.map((sortKey) => reader.readTasks(idOfTimeSk(sortKey))));
        for (const [index, sortKey] of batch.entries()) {
          before = sortKey;
          const job = read[index];
          // The index runs behind the header, so the header's own state decides.
          if (job === undefined || (query.state !== undefined && job.header.state !== query.state)) continue;
          found.push({ sortKey, job });
        }
        if (found.length > query.limit || batch.length <= query.limit) {
          const page = found.slice(0, query.limit);
          const last = found.length > query.limit ? page.at(-1) : undefined;
          return { jobs: page.map(({ job }) => job), cursor: last ? encodeCursor(last.sortKey) : null };
        }
      }
    },
  };
}
