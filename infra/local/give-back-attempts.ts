import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createUpdateItem } from '../../shared/adapters/dynamo/conditional-update.ts';
import { taskKey } from '../../shared/adapters/dynamo/item-keys.ts';
import { ADD_SILENT_USAGE } from '../../shared/adapters/dynamo/task-expressions.ts';
import type { JobReader, OpenWork } from '../../shared/core/ports/job-store.ts';
import { openJobIds } from './open-job-ids.ts';

/**
 * Lets go of every task under a live lease, as if its latest attempt had not been; what the attempt used stays counted.
 * For a stack that has ended its workers in order, which is nobody's failure: none of them may be alive.
 * @param now epoch milliseconds
 */
export async function giveBackAttempts(
  client: DynamoDBDocumentClient,
  table: string,
  jobs: JobReader & Pick<OpenWork, 'openJobs'>,
  now: number,
): Promise<void> {
  const updateItem = createUpdateItem(client, table);
  for await (const jobId of openJobIds(jobs)) {
    const job = await jobs.read(jobId);
    const tasks = [...(job?.tasks ?? []), ...(job?.chunks ?? [])];
    const held = tasks.filter(({ lease }) => lease !== null && lease.expiresAt > now);
    for (const { name, attempt } of held) {
      await updateItem(taskKey(jobId, name), {
        update: `SET #state = :pending, #attempt = #attempt - :one, #updatedAt = :at, #revision = #revision + :one,
          ${ADD_SILENT_USAGE} REMOVE #lease`,
        condition: '#state = :running AND #attempt = :attempt AND #lease.#expiresAt > :now',
        values: {
          pending: 'pending',
          running: 'running',
          attempt,
          now,
          at: new Date(now).toISOString(),
          one: 1,
          zero: 0,
        },
      });
    }
  }
}
