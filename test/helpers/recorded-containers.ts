import type { ContainerJobs, ContainerRequest, ContainerStatus } from '../../shared/core/ports/batch.ts';

/** Batch as far as use cases see it: what was asked of it is recorded, what becomes of it a test says. */
export interface RecordedContainers extends ContainerJobs {
  /** In order; the first gets the id `batch-1`. */
  readonly requests: ContainerRequest[];
  readonly terminated: { readonly batchJobId: string; readonly reason: string }[];
  /** Changes what Batch says of a container; undefined: nothing, it has forgotten it. */
  become(batchJobId: string, status: Partial<ContainerStatus> | undefined): ContainerStatus | undefined;
  /** Thrown by the next submissions; null: none. */
  refusal: Error | null;
}

export function recordedContainers(): RecordedContainers {
  const known = new Map<string, ContainerStatus>();
  const recorded: RecordedContainers = {
    requests: [],
    terminated: [],
    refusal: null,

    async submit(request) {
      if (recorded.refusal !== null) throw recorded.refusal;
      recorded.requests.push(request);
      const batchJobId = `batch-${recorded.requests.length}`;
      known.set(batchJobId, {
        batchJobId,
        state: 'RUNNABLE',
        statusReason: null,
        exitCode: null,
        containerReason: null,
      });
      return batchJobId;
    },

    async describe(batchJobId) {
      return known.get(batchJobId);
    },

    async terminate(batchJobId, reason) {
      recorded.terminated.push({ batchJobId, reason });
      recorded.become(batchJobId, { state: 'FAILED', statusReason: reason });
    },

    become(batchJobId, status) {
      const before = known.get(batchJobId);
      if (before === undefined || status === undefined) {
        known.delete(batchJobId);
        return undefined;
      }
      const after = { ...before, ...status };
      known.set(batchJobId, after);
      return after;
    },
  };
  return recorded;
}
