import type { Config } from '../shared/edge/config.ts';
import type { BatchSettings } from '../shared/tasks/batch/end-batch-run.ts';
import { silenceBeforeEnd } from '../shared/tasks/task-host.ts';

/** For whoever deals with containers that have ended. */
export function batchSettings({ batch, leaseSeconds }: Config): BatchSettings {
  return {
    timeoutSeconds: batch.timeoutSeconds,
    memoryMb: batch.memoryMb,
    leaseMs: leaseSeconds * 1000,
    silenceMs: silenceBeforeEnd(batch.heartbeatSeconds * 1000),
  };
}
