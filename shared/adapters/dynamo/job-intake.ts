import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { JobHeader } from '../../core/job.ts';
import type { JobIntake, JobPlans } from '../../core/ports/job-store.ts';
import { jobStatesBefore } from '../../core/transition.ts';
import { boundedText } from './bounded-text.ts';
import { createUpdateItem } from './conditional-update.ts';
import { expressionParts, ifConditionHolds, stateIn } from './expressions.ts';
import { headerFromItem, headerToItem } from './header-item.ts';
import { claimKey, headerKey, indexPkOf, timeSk } from './item-keys.ts';
import { recordKey } from './record-key.ts';
import type { Retention } from './retention.ts';
import { createSourceClaims } from './source-claims.ts';
import { taskToItem } from './task-item.ts';

/** Of the items of one job, whose partition takes 1,000 writes a second. */
const PUTS_AT_ONCE = 16;

export function createJobIntake(
  client: DynamoDBDocumentClient,
  table: string,
  retention: Retention,
): JobIntake & JobPlans {
  const updateItem = createUpdateItem(client, table);

  /** True when the item was not there yet. */
  async function putNew(item: Record<string, unknown>): Promise<boolean> {
    const condition = 'attribute_not_exists(#pk)';
    const put = new PutCommand({
      TableName: table,
      Item: item,
      ConditionExpression: condition,
      ...expressionParts([condition], {}),
    });
    return (await ifConditionHolds(client.send(put))) !== undefined;
  }

  async function fillReservation(header: JobHeader): Promise<void> {
    const uploadable = stateIn(jobStatesBefore('uploaded'));
    await updateItem(headerKey(header.id), {
      update:
        'SET #state = :state, #step = :step, #source = :source, #profileHash = :profileHash, #lane = :lane, #laneReason = :laneReason, #updatedAt = :updatedAt, #openPk = :openPk, #openSk = :openSk, #revision = #revision + :one',
      condition: uploadable.expression,
      values: {
        ...uploadable.values,
        state: header.state,
        step: header.step,
        source: header.source,
        profileHash: header.profileHash,
        lane: header.lane,
        laneReason: boundedText(header.laneReason),
        updatedAt: header.updatedAt,
        openPk: indexPkOf('OPEN', header.id),
        openSk: timeSk(header.createdAt, header.id),
        one: 1,
      },
    });
  }

  async function readHeader(jobId: string): Promise<JobHeader> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: headerKey(jobId), ConsistentRead: true }),
    );
    return headerFromItem(Item);
  }

  /** The upload needs the sweep's eye no longer: its job's header has it. */
  async function leaveClaimIndex(header: JobHeader): Promise<void> {
    await updateItem(claimKey(header.source, header.profileHash), {
      update: 'REMOVE #openPk, #openSk',
      condition: 'attribute_exists(#pk)',
    });
  }

  return {
    ...createSourceClaims(client, table, retention),

    async recordJob(header) {
      if (!(await putNew(headerToItem(header, retention)))) await fillReservation(header);
      await recordKey(client, table, retention, await readHeader(header.id));
      await leaveClaimIndex(header);
    },

    async settlePlan(jobId, planned, now) {
      await updateItem(headerKey(jobId), {
        update:
          'SET #probe = :probe, #plan = :plan, #lane = :lane, #laneReason = :laneReason, #updatedAt = :updatedAt, #revision = #revision + :one',
        condition: '#step = :recorded AND attribute_not_exists(#plan)',
        values: {
          ...planned,
          laneReason: boundedText(planned.laneReason),
          recorded: 'recorded',
          updatedAt: new Date(now).toISOString(),
          one: 1,
        },
      });
      const { probe, plan, lane, laneReason } = await readHeader(jobId);
      if (probe === null || plan === null) throw new Error(`No plan could be recorded for job ${jobId}.`);
      return { probe, plan, lane, laneReason };
    },

    async recordPlan(jobId, planned, tasks, now) {
      for (let start = 0; start < tasks.length; start += PUTS_AT_ONCE) {
        const some = tasks.slice(start, start + PUTS_AT_ONCE);
        await Promise.all(
          some.map((task, index) =>
            putNew({ ...taskToItem(jobId, task, start + index), ...retention.job(now) }),
          ),
        );
      }
      const startable = stateIn(jobStatesBefore('started'));
      await updateItem(headerKey(jobId), {
        update:
          'SET #step = :planned, #probe = :probe, #plan = :plan, #lane = :lane, #laneReason = :laneReason, #updatedAt = :updatedAt, #revision = #revision + :one',
        condition: `#step = :recorded AND ${startable.expression}`,
        values: {
          ...startable.values,
          ...planned,
          laneReason: boundedText(planned.laneReason),
          planned: 'planned',
          recorded: 'recorded',
          updatedAt: new Date(now).toISOString(),
          one: 1,
        },
      });
    },

    async markPublished(jobId) {
      await updateItem(headerKey(jobId), {
        // The job may have ended already, and its event tells the time of that.
        update: 'SET #step = :published',
        condition: '#step = :planned',
        values: { published: 'published', planned: 'planned' },
      });
    },
  };
}
