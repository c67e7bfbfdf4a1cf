import { z } from 'zod';
import { CONTAINER_STATES, type ContainerStatus } from './ports/batch.ts';

export interface BatchEvent {
  /** Null where Batch works on something that is not a job of this service. */
  readonly jobId: string | null;
  readonly status: ContainerStatus;
}

const Container = z.object({ exitCode: z.number().int().optional(), reason: z.string().optional() });

/**
 * A job as Batch describes it, in the detail of an event and when asked. Of the container the latest attempt is told;
 * what has not been is left out.
 */
export const BatchJobDetail = z
  .object({
    jobId: z.string().min(1),
    status: z.enum(CONTAINER_STATES),
    statusReason: z.string().optional(),
    parameters: z.record(z.string(), z.string()).optional(),
    container: Container.optional(),
    attempts: z.array(z.object({ container: Container.optional() })).optional(),
  })
  .transform(({ jobId, status, statusReason, parameters, container, attempts }): BatchEvent => {
    const latest = attempts?.at(-1)?.container;
    return {
      jobId: parameters?.['jobId'] ?? null,
      status: {
        batchJobId: jobId,
        state: status,
        statusReason: statusReason ?? null,
        exitCode: container?.exitCode ?? latest?.exitCode ?? null,
        containerReason: container?.reason ?? latest?.reason ?? null,
      },
    };
  });

/** EventBridge's event "Batch Job State Change", as the rule's queue gets it. */
export const BatchJobStateChange = z
  .object({
    source: z.literal('aws.batch'),
    'detail-type': z.literal('Batch Job State Change'),
    detail: BatchJobDetail,
  })
  .transform(({ detail }): BatchEvent => detail);
