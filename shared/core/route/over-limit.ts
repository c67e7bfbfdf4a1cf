import type { FunctionLimits, Prediction } from './predict.ts';

export interface OverLimit {
  readonly code: 'limit.timeout' | 'limit.memory' | 'limit.disk';
  /** How much of what is predicted and how much there is, in words for a user; no full stop. */
  readonly detail: string;
}

/** Where work would run: `a function`, `a container`. */
export type Place = 'a function' | 'a container';

/** The first limit of which a prediction takes more than this share; null when there is none. */
export function overLimit(
  work: string,
  { seconds, memoryMb, scratchMb }: Prediction,
  place: Place,
  limits: FunctionLimits,
  share: number,
): OverLimit | null {
  if (seconds !== null && seconds > limits.timeoutSeconds * share) {
    return {
      code: 'limit.timeout',
      detail: `${work} is predicted to take ${seconds} seconds; ${place} has ${limits.timeoutSeconds}`,
    };
  }
  if (memoryMb > limits.memoryMb * share) {
    return {
      code: 'limit.memory',
      detail: `${work} is predicted to take ${memoryMb} MB of memory; ${place} has ${limits.memoryMb}`,
    };
  }
  if (scratchMb !== null && scratchMb > limits.scratchMb * share) {
    return {
      code: 'limit.disk',
      detail: `${work} is predicted to take ${scratchMb} MB of scratch space; ${place} has ${limits.scratchMb}`,
    };
  }
  return null;
}
