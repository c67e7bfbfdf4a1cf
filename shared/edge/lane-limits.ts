import type { LaneLimits } from '../core/route/choose-lane.ts';
import type { Config } from './config.ts';

/** What Fargate gives a container at most, GB; taken where no job definition is known. */
const MAX_SCRATCH_GB = 200;

/** What the configured functions and containers have, for the choice of a lane. */
export function laneLimits({ lambda, batch }: Pick<Config, 'lambda' | 'batch'>): LaneLimits {
  const { vcpus, memoryMb, timeoutSeconds, definitions } = batch;
  const scratchMb = (definitions.at(-1)?.scratchGb ?? MAX_SCRATCH_GB) * 1000;
  return { functions: lambda, container: { vcpus, memoryMb, timeoutSeconds, scratchMb } };
}
