import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { SUBMITTING_MS } from '../../core/batch-run.ts';
import type { BatchRunEnder, BatchRuns } from '../../core/ports/batch.ts';
import { batchRunFromItem } from './batch-run-item.ts';
import { createUpdateItem } from './conditional-update.ts';
import { batchRunKey } from './item-keys.ts';
import type { Retention } from './retention.ts';
import { DELETE_AT } from './table.ts';

const STATES = { submitting: 'submitting', submitted: 'submitted', ended: 'ended' };
const CURRENT = '#generation = :generation AND #state <> :ended';

/** Who submits a job's container, in one item beside the job's own. */
export function createBatchRuns(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): BatchRuns & BatchRunEnder {
  const updateItem = createUpdateItem(client, table);

  async function readItem(jobId: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: batchRunKey(jobId), ConsistentRead: true }),
    );
    return Item;
  }

  return {
    async read(jobId) {
      const item = await readItem(jobId);
      return item && batchRunFromItem(item);
    },

    async elect(jobId, { after, queue, spotLosses, now }) {
      // Tells a write whose answer was lost, and that the client made again, from one that somebody else made.
      const elector = randomUUID();
      const kept = retention.job(now)[DELETE_AT];
      const sets = [
        '#jobId = :jobId',
        '#generation = :next',
        '#state = :submitting',
        '#queue = :queue',
        '#rings = :zero',
        '#spotLosses = :spotLosses',
        '#submittedAt = :now',
        '#elector = :elector',
        ...(kept === undefined ? [] : [`#${DELETE_AT} = :kept`]),
      ];
      const elected = await updateItem(batchRunKey(jobId), {
        update: `SET ${sets.join(', ')} REMOVE #batchJobId, #startedAt, #lease`,
        condition:
          after === 0
            ? 'attribute_not_exists(#pk)'
            : '#generation = :after AND (#state = :ended OR (#state = :submitting AND #submittedAt <= :stale))',
        values: {
          ...STATES,
          jobId,
          after,
          next: after + 1,
          queue,
          spotLosses,
          now,
          stale: now - SUBMITTING_MS,
          elector,
          kept,
          zero: 0,
        },
      });
      return elected !== undefined || (await readItem(jobId))?.['elector'] === elector;
    },

    async recordSubmission(jobId, generation, batchJobId) {
      const recorded = await updateItem(batchRunKey(jobId), {
        update: 'SET #state = :submitted, #batchJobId = :batchJobId',
        condition: CURRENT,
        values: { ...STATES, generation, batchJobId },
      });
      return recorded !== undefined;
    },

    async ring(jobId) {
      const rung = await updateItem(batchRunKey(jobId), {
        update: 'SET #rings = #rings + :one',
        condition: 'attribute_exists(#pk) AND #state <> :ended',
        values: { ...STATES, one: 1 },
      });
      return rung !== undefined;
    },

    async end(jobId, generation, { queue, spotLosses }) {
      const ended = await updateItem(batchRunKey(jobId), {
        update: 'SET #state = :ended, #queue = :queue, #spotLosses = :spotLosses REMOVE #lease',
        condition: CURRENT,
        values: { ...STATES, generation, queue, spotLosses },
      });
      return ended !== undefined;
    },
  };
}
