import { z } from 'zod';
import { LANES, type Lease, TASK_STATES, type Task } from '../../core/job.ts';
import { boundedError, boundedText, boundedWarnings } from './bounded-text.ts';
import { taskKey } from './item-keys.ts';
import {
  JobErrorSchema,
  MediaFileSchema,
  OutputSchema,
  StreamFactsSchema,
  WarningSchema,
} from './output-schema.ts';
import { withoutNulls } from './without-nulls.ts';

const LeaseItemSchema = z.object({
  worker: z.string(),
  expiresAt: z.number(),
  deadline: z.number().nullable(),
  memory: z.object({ usedMb: z.number(), limitMb: z.number() }).nullable(),
  claimedAt: z.number(),
  /** From the claim to the last heartbeat: what the attempt counts for if it ends in silence. */
  billedMs: z.number(),
  /** Absent where the host bills otherwise. */
  memoryMb: z.number().optional(),
  /** Until the last heartbeat, of a container; absent for a function. */
  vcpuSeconds: z.number().optional(),
});

/** A live lease belongs to the item's latest attempt, so the attempt is stored once. */
export type LeaseItem = z.infer<typeof LeaseItemSchema>;

const TaskItemSchema = z.object({
  position: z.number(),
  name: z.string(),
  state: z.enum(TASK_STATES),
  lane: z.enum(LANES),
  laneReason: z.string().nullable().default(null),
  attempt: z.number(),
  progress: z.number(),
  after: z.array(z.string()),
  lease: LeaseItemSchema.nullable().default(null),
  startedAt: z.string().nullable().default(null),
  finishedAt: z.string().nullable().default(null),
  error: JobErrorSchema.nullable().default(null),
  skipReason: z.string().nullable().default(null),
  outputs: z.array(OutputSchema),
  media: z.array(MediaFileSchema).default([]),
  streams: z.array(StreamFactsSchema).default([]),
  upload: z.string().nullable().default(null),
  warnings: z.array(WarningSchema),
  usage: z.object({ billedMs: z.number(), memoryMb: z.number(), vcpuSeconds: z.number() }),
  updatedAt: z.string(),
  revision: z.number(),
});

/** @param position Place in the ladder, from 0. */
export function taskToItem(jobId: string, task: Task, position: number): Record<string, unknown> {
  return {
    ...taskKey(jobId, task.name),
    position,
    ...withoutNulls({
      ...task,
      skipReason: task.skipReason === null ? null : boundedText(task.skipReason),
      error: task.error && boundedError(task.error),
      warnings: boundedWarnings(task.warnings),
    }),
  };
}

export interface PlacedTask {
  readonly position: number;
  readonly task: Task;
}

export function taskFromItem(item: unknown): PlacedTask {
  const { position, lease, ...fields } = TaskItemSchema.parse(item);
  return { position, task: { ...fields, lease: lease && leaseOf(lease, fields.attempt) } };
}

function leaseOf({ worker, expiresAt, deadline, memory }: LeaseItem, attempt: number): Lease {
  return { worker, attempt, expiresAt, deadline, memory };
}
