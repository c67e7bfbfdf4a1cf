import type { LossTimes } from '../shared/core/lost-attempt-error.ts';
import type { Config } from '../shared/edge/config.ts';
import { silenceBeforeEnd } from '../shared/tasks/task-host.ts';

/** By which it is told why a function fell silent, a chunk's among them. */
export function lossTimes({
  leaseSeconds,
  heartbeatSeconds,
  chunks,
}: Config): LossTimes & { readonly chunkSilenceMs: number } {
  return {
    leaseMs: leaseSeconds * 1000,
    silenceMs: silenceBeforeEnd(heartbeatSeconds * 1000),
    chunkSilenceMs: silenceBeforeEnd(chunks.heartbeatSeconds * 1000),
  };
}
