import { z } from 'zod';
import { type BatchEvent, BatchJobStateChange } from '../core/batch-event.ts';
import { TaskMessage, type UploadNotice } from '../core/messages.ts';
import { S3Event } from '../core/s3-event.ts';

/** What lies in a dead-letter queue: an upload notification, the doorbell of a task or what became of a container. */
export type DeadLetter =
  | { readonly kind: 'uploads'; readonly notices: readonly UploadNotice[] }
  | { readonly kind: 'task'; readonly message: TaskMessage }
  | { readonly kind: 'container'; readonly event: BatchEvent };

export const DeadLetter: z.ZodType<DeadLetter> = z.union([
  TaskMessage.transform((message): DeadLetter => ({ kind: 'task', message })),
  BatchJobStateChange.transform((event): DeadLetter => ({ kind: 'container', event })),
  S3Event.transform((notices): DeadLetter => ({ kind: 'uploads', notices })),
]);
