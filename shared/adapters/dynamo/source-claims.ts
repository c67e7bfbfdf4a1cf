import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { UploadNotice } from '../../core/messages.ts';
import type { IntakeDecision, JobIntake } from '../../core/ports/job-store.ts';
import { sequencerRank } from '../../core/sequencer.ts';
import { createUpdateItem } from './conditional-update.ts';
import { expressionParts, ifConditionHolds } from './expressions.ts';
import { claimKey, type ItemKey, indexPkOf, latestKey, reservationKey, timeSk } from './item-keys.ts';
import type { Retention } from './retention.ts';

export const ClaimItem = z.object({
  jobId: z.string(),
  profileHash: z.string(),
  notice: UploadNotice,
  /** Until the job is recorded. */
  openPk: z.string().optional(),
});
const LatestItem = z.object({ rank: z.string() });
const AdoptedItem = z.object({ jobId: z.string() });

/**
 * Ties uploads to job ids: sequencers first, then reservations, then the claim itself. Claims and sequencers hold
 * until they are really gone, however late that is: they keep an event that comes again from being a new upload.
 */
export function createSourceClaims(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): Pick<JobIntake, 'claimSource'> {
  const updateItem = createUpdateItem(client, table);

  async function get(key: ItemKey): Promise<unknown> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Item;
  }

  async function claimedBy(key: ItemKey): Promise<IntakeDecision | undefined> {
    const item = await get(key);
    if (item === undefined) return undefined;
    const { jobId, openPk } = ClaimItem.parse(item);
    return { kind: 'job', jobId, isRecorded: openPk === undefined };
  }

  /** False when a newer sequencer of the key is known. */
  async function advanceLatest(notice: UploadNotice, now: number): Promise<boolean> {
    const rank = sequencerRank(notice.sequencer);
    const key = latestKey(notice.bucket, notice.key);
    const kept = retention.upload(now);
    const sets = ['#rank = :rank', ...Object.keys(kept).map((name) => `#${name} = :${name}`)];
    const written = await updateItem(key, {
      update: `SET ${sets.join(', ')}`,
      condition: 'attribute_not_exists(#rank) OR #rank <= :rank',
      values: { rank, ...kept },
    });
    return written !== undefined || LatestItem.parse(await get(key)).rank <= rank;
  }

  /**
   * The id reserved for the key, for the first upload that asks. The reservation remembers which upload that
   * was, so that the same upload gets the same answer after a crash and any other one gets none.
   */
  async function adoptReservation(notice: UploadNotice, claim: ItemKey): Promise<string | undefined> {
    const adopted = await updateItem(reservationKey(notice.bucket, notice.key), {
      update: 'SET #adoptedBy = :claim',
      condition:
        'attribute_exists(#jobId) AND attribute_not_exists(#expired) AND (attribute_not_exists(#adoptedBy) OR #adoptedBy = :claim)',
      values: { claim: claim.sk },
    });
    return adopted && AdoptedItem.parse(adopted).jobId;
  }

  return {
    async claimSource(notice, profileHash, newId, now) {
      const key = claimKey(notice, profileHash);
      const before = await claimedBy(key);
      if (before !== undefined) return before;
      if (!(await advanceLatest(notice, now))) return { kind: 'superseded' };

      const jobId = (await adoptReservation(notice, key)) ?? newId;
      const condition = 'attribute_not_exists(#pk)';
      const claimed = await ifConditionHolds(
        client.send(
          new PutCommand({
            TableName: table,
            Item: {
              ...key,
              jobId,
              profileHash,
              notice,
              openPk: indexPkOf('CLAIMED', jobId),
              openSk: timeSk(new Date(now).toISOString(), jobId),
              ...retention.upload(now),
            },
            ConditionExpression: condition,
            ...expressionParts([condition], {}),
          }),
        ),
      );
      if (claimed !== undefined) return { kind: 'job', jobId, isRecorded: false };
      const winner = await claimedBy(key);
      if (winner === undefined) throw new Error('The claim of an upload vanished while it was read.');
      return winner;
    },
  };
}
