import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { JobCloser } from '../../core/ports/job-store.ts';
import { type JobEvent, jobStatesBefore } from '../../core/transition.ts';
import { boundedError } from './bounded-text.ts';
import { createUpdateItem } from './conditional-update.ts';
import { stateIn } from './expressions.ts';
import { headerKey } from './item-keys.ts';

const END_EVENTS = {
  completed: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
} as const satisfies Record<string, JobEvent>;

export function createJobCloser(client: DynamoDBDocumentClient, table: string): JobCloser {
  const updateItem = createUpdateItem(client, table);

  return {
    async close(jobId, { playlist = null, ...end }, now) {
      const endable = stateIn(jobStatesBefore(END_EVENTS[end.state]));
      const sets = ['#state = :state', '#updatedAt = :at', '#revision = #revision + :one'];
      if (end.error !== null) sets.push('#error = :error');
      if (playlist !== null) sets.push('#playlist = :playlist');
      if (end.manifest !== null) sets.push('#manifest = :manifest');
      const closed = await updateItem(headerKey(jobId), {
        update: `SET ${sets.join(', ')}`,
        condition: endable.expression,
        values: {
          ...endable.values,
          state: end.state,
          error: end.error && boundedError(end.error),
          playlist,
          manifest: end.manifest,
          at: new Date(now).toISOString(),
          one: 1,
        },
      });
      return closed !== undefined;
    },

    async markAnnounced(jobId, now) {
      await updateItem(headerKey(jobId), {
        update: 'SET #announcedAt = if_not_exists(#announcedAt, :at) REMOVE #openPk, #openSk',
        condition: 'attribute_exists(#pk)',
        values: { at: new Date(now).toISOString() },
      });
    },
  };
}
