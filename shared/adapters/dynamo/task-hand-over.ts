import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TaskHandOver } from '../../core/ports/task-ledger.ts';
import { createUpdateItem } from './conditional-update.ts';
import { taskKey } from './item-keys.ts';
import { movedToBatch } from './outcome-write.ts';
import { ADD_SILENT_USAGE, TASK_VALUES, UNHELD } from './task-expressions.ts';

export function createTaskHandOver(client: DynamoDBDocumentClient, table: string): TaskHandOver {
  const updateItem = createUpdateItem(client, table);
  return {
    async handOverUnclaimed(jobId, task, reason, now) {
      const { sets, removes, values } = movedToBatch(reason);
      const written = await updateItem(taskKey(jobId, task), {
        update: `SET ${sets.join(', ')}, #updatedAt = :at, #revision = #revision + :one, ${ADD_SILENT_USAGE} REMOVE #lease, ${removes.join(', ')}`,
        condition: `#lane = :lambda AND ${UNHELD}`,
        values: {
          ...TASK_VALUES,
          ...values,
          lambda: 'lambda',
          now,
          at: new Date(now).toISOString(),
          one: 1,
        },
      });
      return written !== undefined;
    },
  };
}
