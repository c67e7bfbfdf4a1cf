import { z } from 'zod';
import { TaskMessage, type UploadNotice } from '../core/messages.ts';
import { S3Event } from '../core/s3-event.ts';

/** What lies in a dead-letter queue: an upload notification or the doorbell of a task. */
export type DeadLetter =
  | { readonly kind: 'uploads'; readonly notices: readonly UploadNotice[] }
  | { readonly kind: 'task'; readonly message: TaskMessage };

export const DeadLetter: z.ZodType<DeadLetter> = z.union([
  TaskMessage.transform((message): DeadLetter => ({ kind: 'task', message })),
  S3Event.transform((notices): DeadLetter => ({ kind: 'uploads', notices })),
]);
