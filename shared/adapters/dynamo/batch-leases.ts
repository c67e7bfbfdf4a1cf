import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BatchLeases } from '../../core/ports/batch.ts';
import { batchRunFromItem } from './batch-run-item.ts';
import { createUpdateItem } from './conditional-update.ts';
import { batchRunKey } from './item-keys.ts';
import type { Retention } from './retention.ts';
import { DELETE_AT } from './table.ts';

const HELD = '#lease.#worker = :worker';

/** The hold of a container on its job, in the item of the job's batch run. */
export function createBatchLeases(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): BatchLeases {
  const updateItem = createUpdateItem(client, table);

  return {
    async take(jobId, { worker, batchJobId, now, leaseMs }) {
      const kept = retention.job(now)[DELETE_AT];
      const sets = [
        '#jobId = :jobId',
        '#state = :submitted',
        '#batchJobId = :batchJobId',
        '#lease = :lease',
        '#startedAt = if_not_exists(#startedAt, :now)',
        // Of a run that nobody recorded.
        '#generation = if_not_exists(#generation, :one)',
        '#queue = if_not_exists(#queue, :spot)',
        '#rings = if_not_exists(#rings, :zero)',
        '#spotLosses = if_not_exists(#spotLosses, :zero)',
        '#submittedAt = if_not_exists(#submittedAt, :now)',
        ...(kept === undefined ? [] : [`#${DELETE_AT} = if_not_exists(#${DELETE_AT}, :kept)`]),
      ];
      const taken = await updateItem(batchRunKey(jobId), {
        update: `SET ${sets.join(', ')}`,
        condition: `attribute_not_exists(#lease) OR #lease.#expiresAt <= :now OR ${HELD} OR begins_with(#lease.#worker, :attempts)`,
        values: {
          jobId,
          submitted: 'submitted',
          batchJobId,
          lease: { worker, expiresAt: now + leaseMs },
          worker,
          attempts: `${batchJobId}#`,
          spot: 'spot',
          now,
          kept,
          zero: 0,
          one: 1,
        },
      });
      return taken && batchRunFromItem(taken);
    },

    async close(jobId, worker, rings) {
      const closed = await updateItem(batchRunKey(jobId), {
        update: 'SET #state = :ended REMOVE #lease',
        condition: `${HELD} AND #rings = :rings`,
        values: { ended: 'ended', worker, rings },
      });
      return closed !== undefined;
    },

    async release(jobId, worker) {
      await updateItem(batchRunKey(jobId), {
        update: 'REMOVE #lease',
        condition: HELD,
        values: { worker },
      });
    },
  };
}
