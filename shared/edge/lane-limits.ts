import type { LaneLimits } from '../core/route/choose-lane.ts';
import type { Config } from './config.ts';

/** What Fargate gives a container at most, GB; taken where no job definition is known. */
const MAX_SCRATCH_GB = 200;

/** What the configured functions and containers have, for the choice of a lane. */
export function laneLimits(config: Pick<Config, 'lambda' | 'chunks' | 'batch' | 'profile'>): LaneLimits {
  const { vcpus, memoryMb, timeoutSeconds, definitions } = config.batch;
  const { gopsPerSegment } = config.profile;
  const { segmentsPerChunk, ...chunks } = config.chunks;
  return {
    functions: config.lambda,
    chunks: {
      timeoutSeconds: chunks.timeoutSeconds,
      memoryMb: chunks.memoryMb,
      scratchMb: chunks.scratchMb,
      gopsPerSegment,
      segmentsPerChunk,
    },
    container: {
      vcpus,
      memoryMb,
      timeoutSeconds,
      scratchMb: (definitions.at(-1)?.scratchGb ?? MAX_SCRATCH_GB) * 1000,
    },
  };
}
