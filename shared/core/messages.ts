import { z } from 'zod';
import { LANES } from './job.ts';

/** The doorbell of one task, on the topic "tasks" and its queues. The task item alone decides what happens. */
export const TaskMessage = z.object({
  jobId: z.string().min(1),
  task: z.string().min(1),
  lane: z.enum(LANES),
  /** How often this doorbell came back from a dead-letter queue; absent: never. */
  round: z.number().int().positive().optional(),
});
export type TaskMessage = z.infer<typeof TaskMessage>;

/** One upload, whatever told of it: an S3 event record, the sweep, a dropped file. */
export const UploadNotice = z.object({
  bucket: z.string().min(1),
  /** Decoded key. */
  key: z.string().min(1),
  size: z.number().int().nonnegative(),
  etag: z.string().min(1),
  versionId: z.string().nullable(),
  sequencer: z.string().min(1),
});
export type UploadNotice = z.infer<typeof UploadNotice>;

/** What subscribers of the topic "events" receive when a job has ended; delivered at least once. */
export const JobEndedEvent = z.object({
  /** Stable: the same for every delivery of the same fact. */
  id: z.string(),
  type: z.enum(['job.completed', 'job.failed', 'job.canceled']),
  /** ISO 8601. */
  time: z.string(),
  jobId: z.string(),
  source: z.object({ bucket: z.string(), key: z.string() }),
  /** Key of the manifest in the outputs bucket; null when nothing was made. */
  manifest: z.string().nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
export type JobEndedEvent = z.infer<typeof JobEndedEvent>;
