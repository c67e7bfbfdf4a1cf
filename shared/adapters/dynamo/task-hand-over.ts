import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { TaskHandOver } from '../../core/ports/task-ledger.ts';
import { createUpdateItem } from './conditional-update.ts';
import { taskKey } from './item-keys.ts';
import { movedToBatch } from './outcome-write.ts';
import { ADD_SILENT_USAGE, TASK_VALUES, UNHELD } from './task-expressions.ts';
import { taskFromItem } from './task-item.ts';

export function createTaskHandOver(client: DynamoDBDocumentClient, table: string): TaskHandOver {
  const updateItem = createUpdateItem(client, table);
  return {
    async handOverUnclaimed(jobId, task, reason, now) {
      const key = taskKey(jobId, task);
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: key, ConsistentRead: true }),
      );
      if (Item === undefined) return false;
      const { attempt } = taskFromItem(Item).task;
      const { sets, removes, values } = movedToBatch(reason, attempt);
      const written = await updateItem(key, {
        update: `SET ${sets.join(', ')}, #updatedAt = :at, #revision = #revision + :one, ${ADD_SILENT_USAGE} REMOVE #lease, ${removes.join(', ')}`,
        // An attempt that began since the item was read holds the task, or has held it.
        condition: `#lane <> :batch AND #attempt = :attempt AND ${UNHELD}`,
        values: {
          ...TASK_VALUES,
          ...values,
          attempt,
          now,
          at: new Date(now).toISOString(),
          one: 1,
        },
      });
      return written !== undefined;
    },
  };
}
