import type { EncodeLadder } from '../../core/ports/ladder.ts';
import { canSplit } from '../../core/ranges/can-split.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';

/** Two ways to the same files. */
export interface LadderEncoders {
  /** In one process. */
  readonly whole: EncodeLadder;
  /** In several, over ranges of time; throws `NotSplittable` when that gives something else. */
  readonly ranges: EncodeLadder;
}

/**
 * Encodes in several processes where a source allows it, which takes less processor time than many threads in one; in
 * one process where it does not, even when only the attempt tells.
 */
export function encodeLadder({ whole, ranges }: LadderEncoders): EncodeLadder {
  return async (request) => {
    if (!canSplit(request.probe, request.plan, request.vcpus)) return whole(request);
    try {
      return await ranges(request);
    } catch (error) {
      if (!(error instanceof NotSplittable)) throw error;
      return whole(request);
    }
  };
}
