import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { JobHeader } from '../../core/job.ts';
import type { UploadReservations } from '../../core/ports/uploads.ts';
import { headerToItem } from './header-item.ts';
import { indexPkOf, reservationKey, timeSk } from './item-keys.ts';
import { recordKey } from './record-key.ts';
import type { Retention } from './retention.ts';
import { DELETE_AT } from './table.ts';

/** A week: long after the sweep has ended the reservation or an upload has taken it. */
const KEPT_AFTER_EXPIRY_MS = 7 * 24 * 3600 * 1000;

export function createUploadReservations(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): UploadReservations {
  return {
    async reserve(reservation) {
      const { bucket, key, jobId, size, profileHash, lane, createdAt, expiresAt } = reservation;
      const header: JobHeader = {
        id: jobId,
        state: 'awaiting_upload',
        step: 'recorded',
        createdAt,
        updatedAt: createdAt,
        revision: 1,
        profileHash,
        source: { bucket, key, size, etag: '', versionId: null, sequencer: '' },
        probe: null,
        plan: null,
        lane,
        laneReason: '',
        error: null,
        playlist: null,
        manifest: null,
        announcedAt: null,
      };
      await client.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...headerToItem(header, retention),
            openPk: indexPkOf('RESERVED', jobId),
            openSk: timeSk(new Date(expiresAt).toISOString(), jobId),
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      await recordKey(client, table, retention, header);
      await client.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...reservationKey(bucket, key),
            jobId,
            expiresAt,
            [DELETE_AT]: Math.ceil((expiresAt + KEPT_AFTER_EXPIRY_MS) / 1000),
          },
        }),
      );
    },
  };
}
