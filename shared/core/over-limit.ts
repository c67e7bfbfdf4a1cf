import type { FunctionLimits, TaskPrediction } from './predict.ts';

export interface OverLimit {
  readonly code: 'limit.timeout' | 'limit.memory' | 'limit.disk';
  /** Which task needs how much of what, in words for a user. */
  readonly detail: string;
}

/** A prediction above this part of a limit counts as over it. */
const USABLE = 0.6;
/** A source that does not say how long it is counts as over only above this size. */
const MAX_UNDECLARED_BYTES = 1_000_000_000;

/** The first limit that a predicted task would exceed; null when all of them fit. */
export function overLimit(
  predictions: readonly TaskPrediction[],
  limits: FunctionLimits,
  sourceBytes: number,
): OverLimit | null {
  for (const { task, seconds, memoryMb, scratchMb } of predictions) {
    if (seconds === null && sourceBytes > MAX_UNDECLARED_BYTES) {
      return {
        code: 'limit.timeout',
        detail: `The video does not say how long it is, and its ${sourceBytes} bytes are too many to try ${task} within ${limits.timeoutSeconds} seconds.`,
      };
    }
    if (seconds !== null && seconds > limits.timeoutSeconds * USABLE) {
      return {
        code: 'limit.timeout',
        detail: `${task} is predicted to take ${seconds} seconds; ${share(limits.timeoutSeconds, 'seconds')} may be planned for.`,
      };
    }
    if (memoryMb > limits.memoryMb * USABLE) {
      return {
        code: 'limit.memory',
        detail: `${task} is predicted to take ${memoryMb} MB of memory; ${share(limits.memoryMb, 'MB')} may be planned for.`,
      };
    }
    if (scratchMb !== null && scratchMb > limits.scratchMb * USABLE) {
      return {
        code: 'limit.disk',
        detail: `${task} is predicted to take ${scratchMb} MB of scratch space; ${share(limits.scratchMb, 'MB')} may be planned for.`,
      };
    }
  }
  return null;
}

function share(limit: number, unit: string): string {
  return `${Math.floor(limit * USABLE)} of ${limit} ${unit}`;
}
