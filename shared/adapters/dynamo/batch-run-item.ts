import { z } from 'zod';
import { BATCH_QUEUES, BATCH_RUN_STATES, type BatchRun } from '../../core/batch-run.ts';

const BatchRunSchema: z.ZodType<BatchRun> = z.object({
  jobId: z.string(),
  generation: z.number(),
  state: z.enum(BATCH_RUN_STATES),
  queue: z.enum(BATCH_QUEUES),
  batchJobId: z.string().nullable().default(null),
  rings: z.number(),
  spotLosses: z.number(),
  submittedAt: z.number(),
  startedAt: z.number().nullable().default(null),
  lease: z.object({ worker: z.string(), expiresAt: z.number() }).nullable().default(null),
});

export function batchRunFromItem(item: unknown): BatchRun {
  return BatchRunSchema.parse(item);
}
