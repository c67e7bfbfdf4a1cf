import { type ErrorCode, MillraceError } from '../../core/errors.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';

/** Failures that an encode in one piece, or a larger machine, may not meet. */
const WORTH_ANOTHER_WAY: readonly ErrorCode[] = [
  'encode.failed',
  'input.corrupt',
  'input.unsupported',
  'limit.disk',
  'limit.memory',
  'limit.timeout',
];

/**
 * Makes a part of a job's outputs; what fails for being made in parts, or for what the source is, throws
 * `NotSplittable` instead.
 */
export async function orNotSplittable<T>(signal: AbortSignal, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!signal.aborted && error instanceof MillraceError && WORTH_ANOTHER_WAY.includes(error.code)) {
      throw new NotSplittable(error.message, { cause: error });
    }
    throw error;
  }
}
