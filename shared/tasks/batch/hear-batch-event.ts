import type { BatchEvent } from '../../core/batch-event.ts';
import { containerEnd } from '../../core/container-end.ts';
import type { MessageLease } from '../../core/ports/messaging.ts';
import { type BatchSettings, type EndBatchRunPorts, endBatchRun } from './end-batch-run.ts';

export interface HearBatchEventPorts extends EndBatchRunPorts {
  /** The message that told of it; null: it comes again when its queue says. */
  readonly message: MessageLease | null;
}

/**
 * Answers a state change that Batch tells of. Returns when the message is done with; throws when it must come again,
 * which is when something is held by the container that has ended.
 */
export async function hearBatchEvent(
  ports: HearBatchEventPorts,
  settings: BatchSettings,
  { jobId, status }: BatchEvent,
): Promise<void> {
  const { batchJobId } = status;
  const end = containerEnd(status);
  if (jobId === null || end === 'open') {
    ports.log.debug({ jobId, batchJobId, state: status.state }, 'state change that asks for nothing');
    return;
  }
  ports.log.info({ jobId, ...status }, 'container has ended');
  const againAt = await endBatchRun(ports, settings, jobId, { batchJobId, end });
  if (againAt === null) return;
  await ports.message?.extend(Math.max(0, againAt - ports.clock()) / 1000);
  throw new Error(`What container ${batchJobId} left is not free yet.`);
}
