import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { ChunkCounter, ChunkedJobs } from '../../core/ports/chunks.ts';
import { jobStatesBefore, taskStatesBefore } from '../../core/transition.ts';
import { boundedText } from './bounded-text.ts';
import { createUpdateItem } from './conditional-update.ts';
import { expressionParts, stateIn } from './expressions.ts';
import { chunkCountKey, headerKey, taskKey } from './item-keys.ts';
import { movedToBatch } from './outcome-write.ts';
import type { Retention } from './retention.ts';
import { DELETE_AT } from './table.ts';
import { ADD_SILENT_USAGE, TASK_VALUES } from './task-expressions.ts';
import { taskFromItem } from './task-item.ts';

/** A set, not a number: what is added twice counts once. A thousand places take 4 KB. */
const CountItem = z.object({ ended: z.set(z.number()) });

export function createChunkedJobs(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): ChunkCounter & ChunkedJobs {
  const updateItem = createUpdateItem(client, table);

  async function readAttempt(jobId: string, task: string): Promise<number | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: taskKey(jobId, task), ConsistentRead: true }),
    );
    return Item && taskFromItem(Item).task.attempt;
  }

  return {
    async countChunk(jobId, place, now) {
      const kept = retention.job(now)[DELETE_AT];
      const forget = kept === undefined ? '' : `SET #${DELETE_AT} = if_not_exists(#${DELETE_AT}, :kept) `;
      const update = `${forget}ADD #ended :place`;
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: chunkCountKey(jobId),
          UpdateExpression: update,
          ...expressionParts([update], { place: new Set([place]), kept }),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return CountItem.parse(Attributes).ended.size;
    },

    async chunksCounted(jobId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: chunkCountKey(jobId), ConsistentRead: true }),
      );
      return Item === undefined ? 0 : CountItem.parse(Item).ended.size;
    },

    async leaveChunkedLane(jobId, laneReason, now) {
      const open = stateIn(jobStatesBefore('started'));
      const left = await updateItem(headerKey(jobId), {
        update: 'SET #lane = :batch, #laneReason = :reason, #updatedAt = :at, #revision = #revision + :one',
        condition: `#lane = :chunked AND ${open.expression}`,
        values: {
          ...open.values,
          batch: 'batch',
          chunked: 'chunked',
          reason: boundedText(laneReason),
          at: new Date(now).toISOString(),
          one: 1,
        },
      });
      return left !== undefined;
    },

    async takeToContainer(jobId, task, now) {
      const open = stateIn(taskStatesBefore('handedOver'));
      const attempt = await readAttempt(jobId, task);
      if (attempt === undefined) return false;
      const { sets, removes, values } = movedToBatch(null, attempt);
      const taken = await updateItem(taskKey(jobId, task), {
        update: `SET ${sets.join(', ')}, #updatedAt = :at, #revision = #revision + :one, ${ADD_SILENT_USAGE} REMOVE #lease, ${removes.join(', ')}`,
        // Whatever claim came since the item was read is lost like any other.
        condition: `#lane = :chunked AND ${open.expression}`,
        values: {
          ...TASK_VALUES,
          ...open.values,
          ...values,
          chunked: 'chunked',
          at: new Date(now).toISOString(),
          one: 1,
        },
      });
      return taken !== undefined;
    },
  };
}
