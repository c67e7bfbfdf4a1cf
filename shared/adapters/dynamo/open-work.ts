import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { MillraceError, toJobError } from '../../core/errors.ts';
import type { JobReader, OpenWork } from '../../core/ports/job-store.ts';
import { jobStatesBefore } from '../../core/transition.ts';
import { createUpdateItem } from './conditional-update.ts';
import { expressionParts, stateIn } from './expressions.ts';
import {
  headerKey,
  INDEX_SHARDS,
  type IndexPartition,
  indexPk,
  indexPkOf,
  jobIdOf,
  reservationKey,
  timeSk,
} from './item-keys.ts';
import { ClaimItem } from './source-claims.ts';
import { OPEN_INDEX } from './table.ts';

/** Entries read per shard and call; the next sweep takes the next ones. */
const PAGE = 100;

const OpenEntry = z.object({ pk: z.string(), sk: z.string(), openPk: z.string(), openSk: z.string() });
type OpenEntry = z.infer<typeof OpenEntry>;

const UploadName = z.object({ pk: z.string(), sk: z.string() });

/** Shard and last index entry of the page before. */
const CursorSchema = z.object({ shard: z.number().int(), start: OpenEntry.optional() });

export function createOpenWork(client: DynamoDBDocumentClient, table: string, reader: JobReader): OpenWork {
  const updateItem = createUpdateItem(client, table);

  async function page(
    partition: IndexPartition,
    shard: number,
    options: { readonly before?: string; readonly start?: OpenEntry | undefined },
  ): Promise<{ entries: OpenEntry[]; next: OpenEntry | undefined }> {
    const condition = `#openPk = :pk${options.before === undefined ? '' : ' AND #openSk < :before'}`;
    const found = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: OPEN_INDEX,
        KeyConditionExpression: condition,
        ...expressionParts([condition], { pk: indexPk(partition, shard), before: options.before }),
        ExclusiveStartKey: options.start,
        Limit: PAGE,
      }),
    );
    return {
      entries: z.array(OpenEntry).parse(found.Items ?? []),
      next: found.LastEvaluatedKey && OpenEntry.parse(found.LastEvaluatedKey),
    };
  }

  async function entriesBefore(partition: IndexPartition, epochMs: number): Promise<OpenEntry[]> {
    const before = new Date(epochMs).toISOString();
    const pages = await Promise.all(INDEX_SHARDS.map((shard) => page(partition, shard, { before })));
    return pages.flatMap(({ entries }) => entries).sort((a, b) => (a.openSk < b.openSk ? -1 : 1));
  }

  /** The reservation decides between expiry and an upload that arrives at the same moment. */
  async function expireReservation(jobId: string, now: number): Promise<boolean> {
    const job = await reader.read(jobId);
    if (job === undefined) return false;
    const { bucket, key } = job.header.source;
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: reservationKey(bucket, key), ConsistentRead: true }),
    );
    if (Item?.['jobId'] === jobId) {
      const ended = await updateItem(reservationKey(bucket, key), {
        update: 'SET #expired = :yes',
        condition: '#jobId = :jobId AND attribute_not_exists(#adoptedBy)',
        values: { yes: true, jobId },
      });
      if (ended === undefined) return false;
    }
    const expirable = stateIn(jobStatesBefore('expired'));
    const canceled = await updateItem(headerKey(jobId), {
      update:
        'SET #state = :canceled, #error = :error, #updatedAt = :at, #revision = #revision + :one, #openPk = :openPk, #openSk = :openSk',
      condition: expirable.expression,
      values: {
        ...expirable.values,
        canceled: 'canceled',
        error: toJobError(
          new MillraceError('canceled', 'The file was not uploaded in time.', {
            remedy: 'Ask for a new upload address.',
          }),
          null,
        ),
        at: new Date(now).toISOString(),
        one: 1,
        openPk: indexPkOf('OPEN', jobId),
        openSk: timeSk(job.header.createdAt, jobId),
      },
    });
    return canceled !== undefined;
  }

  return {
    async openJobs(cursor) {
      const at =
        cursor === undefined
          ? { shard: 0, start: undefined }
          : CursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
      const { entries, next } = await page('OPEN', at.shard, { start: at.start });
      const shard = next === undefined ? at.shard + 1 : at.shard;
      return {
        jobIds: entries.map((entry) => jobIdOf(entry.pk)),
        cursor:
          shard < INDEX_SHARDS.length
            ? Buffer.from(JSON.stringify({ shard, start: next }), 'utf8').toString('base64url')
            : null,
      };
    },

    async unrecordedUploads(olderThan) {
      const entries = await entriesBefore('CLAIMED', olderThan);
      return entries.map(({ pk, sk }) => JSON.stringify({ pk, sk }));
    },

    async readUpload(name) {
      const Key = UploadName.parse(JSON.parse(name));
      const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      // Gone from the index meanwhile: recorded.
      if (Item?.['openPk'] === undefined) return undefined;
      const { notice, profileHash } = ClaimItem.parse(Item);
      return { notice, profileHash };
    },

    async overdueReservations(now) {
      return (await entriesBefore('RESERVED', now)).map((entry) => jobIdOf(entry.pk));
    },

    expireReservation,
  };
}
