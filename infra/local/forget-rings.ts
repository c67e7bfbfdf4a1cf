import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createUpdateItem } from '../../shared/adapters/dynamo/conditional-update.ts';
import { taskKey } from '../../shared/adapters/dynamo/item-keys.ts';
import { isTerminalTask } from '../../shared/core/job.ts';
import type { JobReader, OpenWork } from '../../shared/core/ports/job-store.ts';
import { openJobIds } from './open-job-ids.ts';

/** Makes the doorbells of all open tasks due: those that were rung are gone with the queues of the stack before. */
export async function forgetRings(
  client: DynamoDBDocumentClient,
  table: string,
  jobs: JobReader & Pick<OpenWork, 'openJobs'>,
): Promise<void> {
  const updateItem = createUpdateItem(client, table);
  for await (const jobId of openJobIds(jobs)) {
    const job = await jobs.read(jobId);
    for (const { name, state } of [...(job?.tasks ?? []), ...(job?.chunks ?? [])]) {
      if (isTerminalTask(state)) continue;
      await updateItem(taskKey(jobId, name), {
        update: 'REMOVE #ringAt, #ringGap',
        condition: 'attribute_exists(#ringAt)',
      });
    }
  }
}
