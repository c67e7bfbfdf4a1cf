import { type Rational, toNumber } from '../rational.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { chunkRange } from './chunk-range.ts';

/** Declared lengths are this far off in sound files: rounding, codec delay, estimates. */
const SLACK_SECONDS = 0.2;
const SLACK_FRACTION = 0.005;

/**
 * Why the frames that a chunk came out with are not those it owns, in words; null when they are. The last one has what
 * there is, near to what the source declares.
 */
export function chunkShortfall(
  plan: ChunkPlan,
  index: number,
  { made, frameRate }: { readonly made: number; readonly frameRate: Rational },
): string | null {
  const { first, frames } = chunkRange(plan, index);
  const where = `from frame ${first} on`;
  if (frames !== null) return made === frames ? null : `${made} frames ${where}, not ${frames}`;
  const rate = toNumber(frameRate);
  const slack = SLACK_SECONDS * rate + plan.declaredFrames * SLACK_FRACTION + 1;
  const off = first + made - plan.declaredFrames;
  if (made > 0 && Math.abs(off) <= slack) return null;
  return `${made} frames ${where}, where ${plan.declaredFrames} in all are declared`;
}
