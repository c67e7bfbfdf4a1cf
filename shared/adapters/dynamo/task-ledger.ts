import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { parseChunkName } from '../../core/chunks/chunk-names.ts';
import { isTerminalTask, type Lease, MAX_ATTEMPTS, type Task } from '../../core/job.ts';
import type { ClaimRef, ClaimRequest, ClaimResult, TaskLedger } from '../../core/ports/task-ledger.ts';
import { jobStatesBefore, taskStatesBefore } from '../../core/transition.ts';
import { boundedError } from './bounded-text.ts';
import { createUpdateItem } from './conditional-update.ts';
import { stateIn } from './expressions.ts';
import { headerKey, taskKey } from './item-keys.ts';
import { outcomeWrite } from './outcome-write.ts';
import { ADD_SILENT_USAGE, HELD, TASK_VALUES, UNHELD } from './task-expressions.ts';
import { type LeaseItem, taskFromItem } from './task-item.ts';

export function createTaskLedger(client: DynamoDBDocumentClient, table: string): TaskLedger {
  const updateItem = createUpdateItem(client, table);

  /** The task as written, or undefined when the condition did not hold. */
  async function updateTask(
    jobId: string,
    task: string,
    update: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<Task | undefined> {
    const written = await updateItem(taskKey(jobId, task), {
      update,
      condition,
      values: { ...TASK_VALUES, ...values },
    });
    return written && taskFromItem(written).task;
  }

  async function startJob(jobId: string, now: number): Promise<void> {
    const startable = stateIn(jobStatesBefore('started'));
    await updateItem(headerKey(jobId), {
      update: 'SET #state = :processing, #updatedAt = :at, #revision = #revision + :one',
      condition: `${startable.expression} AND #state <> :processing`,
      values: {
        ...startable.values,
        processing: 'processing',
        at: new Date(now).toISOString(),
        one: 1,
      },
    });
  }

  async function tryClaim(request: ClaimRequest): Promise<ClaimResult | undefined> {
    const lease: LeaseItem = {
      worker: request.worker,
      expiresAt: request.now + request.leaseMs,
      deadline: request.deadline,
      memory: null,
      claimedAt: request.now,
      billedMs: 0,
      ...(request.memoryMb > 0 && { memoryMb: request.memoryMb }),
    };
    const task = await updateTask(
      request.jobId,
      request.task,
      `SET #state = :running, #attempt = #attempt + :one, #lease = :lease, #startedAt = if_not_exists(#startedAt, :at), #updatedAt = :at, #revision = #revision + :one, ${ADD_SILENT_USAGE} REMOVE #error, #ringAt, #ringGap`,
      `#lane = :lane AND #attempt < :max AND ${UNHELD}`,
      {
        lease,
        lane: request.lane,
        max: MAX_ATTEMPTS,
        now: request.now,
        at: new Date(request.now).toISOString(),
        one: 1,
      },
    );
    if (task?.lease) return { kind: 'claimed', task, lease: task.lease };
    const { Item } = await client.send(
      new GetCommand({
        TableName: table,
        Key: taskKey(request.jobId, request.task),
        ConsistentRead: true,
      }),
    );
    if (Item === undefined) return { kind: 'closed' };
    const found = taskFromItem(Item).task;
    return isOwn(found.lease, lease)
      ? { kind: 'claimed', task: found, lease: found.lease }
      : whyRefused(found, request);
  }

  return {
    async claim(request) {
      // A refusal without a reason means that the task changed between write and read: ask again.
      for (let tries = 0; tries < 5; tries += 1) {
        const result = await tryClaim(request);
        if (result?.kind === 'claimed' && startsJob(request.task)) {
          await startJob(request.jobId, request.now);
        }
        if (result !== undefined) return result;
      }
      throw new Error('The task kept changing while it was claimed.');
    },

    async heartbeat(claim, beat) {
      const values = {
        ...held(claim),
        now: beat.now,
        expiresAt: beat.now + beat.leaseMs,
        memory: beat.memory,
        progress: beat.progress,
        vcpuSeconds: beat.vcpuSeconds,
        at: new Date(beat.now).toISOString(),
        one: 1,
      };
      const used =
        beat.vcpuSeconds === undefined
          ? '#lease.#billedMs = :now - #lease.#claimedAt'
          : '#lease.#vcpuSeconds = :vcpuSeconds';
      const renew = `SET #lease.#expiresAt = :expiresAt, #lease.#memory = :memory, ${used}, #updatedAt = :at`;
      const advanced = await updateTask(
        claim.jobId,
        claim.task,
        `${renew}, #progress = :progress, #revision = #revision + :one`,
        `${HELD} AND #progress < :progress`,
        values,
      );
      if (advanced !== undefined) return true;
      return (await updateTask(claim.jobId, claim.task, renew, HELD, values)) !== undefined;
    },

    async settle(claim, outcome, now) {
      const { sets, removes, values } = outcomeWrite(outcome, claim.attempt);
      const common = [
        '#usage.#billedMs = #usage.#billedMs + :billedMs',
        '#usage.#vcpuSeconds = #usage.#vcpuSeconds + :vcpuSeconds',
        // What is billed otherwise says nothing of the memory that an earlier attempt was billed for.
        ...(outcome.usage.billedMs > 0 ? ['#usage.#memoryMb = :memoryMb'] : []),
        '#updatedAt = :at',
        '#revision = #revision + :one',
      ];
      const written = await updateTask(
        claim.jobId,
        claim.task,
        `SET ${[...sets, ...common].join(', ')} REMOVE ${['#lease', ...removes].join(', ')}`,
        HELD,
        { ...held(claim), ...outcome.usage, ...values, at: new Date(now).toISOString(), one: 1 },
      );
      return written !== undefined;
    },

    async note(claim, { outputs, upload }, now) {
      const sets = ['#updatedAt = :at', '#revision = #revision + :one'];
      if (outputs !== undefined) sets.push('#outputs = :outputs');
      if (upload !== undefined) sets.push('#upload = :upload');
      const written = await updateTask(claim.jobId, claim.task, `SET ${sets.join(', ')}`, HELD, {
        ...held(claim),
        outputs,
        upload,
        at: new Date(now).toISOString(),
        one: 1,
      });
      return written !== undefined;
    },

    async failUnclaimed(jobId, task, error, now) {
      const failable = stateIn(taskStatesBefore('failed'));
      const written = await updateTask(
        jobId,
        task,
        `SET #state = :failed, #error = :error, #finishedAt = :at, #updatedAt = :at, #revision = #revision + :one, ${ADD_SILENT_USAGE} REMOVE #lease`,
        `${failable.expression} AND ${UNHELD}`,
        {
          ...failable.values,
          failed: 'failed',
          error: boundedError(error),
          now,
          at: new Date(now).toISOString(),
          one: 1,
        },
      );
      return written !== undefined;
    },

    async ringDue(jobId, task, now, afterMs) {
      const written = await updateTask(
        jobId,
        task,
        // Both sides read the item as it was: the gap doubles, the time uses it before that.
        'SET #ringAt = :now + if_not_exists(#ringGap, :after), #ringGap = if_not_exists(#ringGap, :after) + if_not_exists(#ringGap, :after)',
        `${UNHELD} AND (attribute_not_exists(#ringAt) OR #ringAt <= :now)`,
        { now, after: afterMs },
      );
      return written !== undefined;
    },
  };
}

/** Of a thousand chunks that are claimed at once, not each writes to the header. */
function startsJob(task: string): boolean {
  const chunk = parseChunkName(task);
  return chunk === null || (chunk.kind === 'picture' && chunk.index === 0);
}

function held(claim: ClaimRef): Record<string, unknown> {
  return { worker: claim.worker, attempt: claim.attempt };
}

/** The write was made, but its answer was lost and the client made it again. */
function isOwn(found: Lease | null, written: LeaseItem): found is Lease {
  return found !== null && found.worker === written.worker && found.expiresAt === written.expiresAt;
}

function whyRefused(task: Task, request: ClaimRequest): ClaimResult | undefined {
  if (isTerminalTask(task.state) || task.lane !== request.lane) return { kind: 'closed' };
  if (task.lease !== null && task.lease.expiresAt > request.now) {
    return { kind: 'busy', expiresAt: task.lease.expiresAt };
  }
  return task.attempt >= MAX_ATTEMPTS ? { kind: 'exhausted', task } : undefined;
}
