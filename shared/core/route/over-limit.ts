import type { FunctionLimits, TaskPrediction } from './predict.ts';

export interface OverLimit {
  readonly code: 'limit.timeout' | 'limit.memory' | 'limit.disk';
  /** Which task needs how much of what, in words for a user. */
  readonly detail: string;
}

/** From where on a task counts as too large for its function. */
export interface Margin {
  /** A prediction above this part of a limit is over it. */
  readonly share: number;
  /** A source that does not say how long it is, is over above this size in bytes. */
  readonly undeclaredBytes: number;
}

/** Where there is nothing but functions: over is only what is predicted to be stopped, so that the rest is tried. */
export const WHOLE_LIMIT: Margin = { share: 1, undeclaredBytes: Number.POSITIVE_INFINITY };

/** The first limit that a predicted task would exceed; null when all of them fit. */
export function overLimit(
  predictions: readonly TaskPrediction[],
  limits: FunctionLimits,
  sourceBytes: number,
  { share, undeclaredBytes }: Margin = WHOLE_LIMIT,
): OverLimit | null {
  for (const { task, seconds, memoryMb, scratchMb } of predictions) {
    if (seconds === null && sourceBytes > undeclaredBytes) {
      return {
        code: 'limit.timeout',
        detail: `The video does not say how long it is, and its ${sourceBytes} bytes are too many to try ${task}; a function has ${limits.timeoutSeconds} seconds.`,
      };
    }
    if (seconds !== null && seconds > limits.timeoutSeconds * share) {
      return {
        code: 'limit.timeout',
        detail: `${task} is predicted to take ${seconds} seconds; a function has ${limits.timeoutSeconds}.`,
      };
    }
    if (memoryMb > limits.memoryMb * share) {
      return {
        code: 'limit.memory',
        detail: `${task} is predicted to take ${memoryMb} MB of memory; a function has ${limits.memoryMb}.`,
      };
    }
    if (scratchMb !== null && scratchMb > limits.scratchMb * share) {
      return {
        code: 'limit.disk',
        detail: `${task} is predicted to take ${scratchMb} MB of scratch space; a function has ${limits.scratchMb}.`,
      };
    }
  }
  return null;
}
