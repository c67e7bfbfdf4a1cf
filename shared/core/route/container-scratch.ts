import type { Plan, RenditionPlan } from '../plan.ts';

/** The index and what rate control overshoots. */
const SCRATCH_MARGIN = 1.05;
/** The file, and beside it the same once more, packaged for playlists. */
const FUNCTION_COPIES = 2;
/** The file beside its parts, which are gone before it is packaged. */
const CONTAINER_COPIES = 2;
/** Tiles of the storyboard (2,000 of 160x90 pixels at most), candidates for the poster and the images: 86 + 40 + 10 MB. */
const STILLS_MB = 150;

/** What one rendition takes at most in a function; null when the source does not say how long it is. */
export function renditionScratchMb(plan: Plan, rendition: RenditionPlan): number | null {
  const size = renditionMb(plan, rendition);
  return size === null ? null : size * FUNCTION_COPIES;
}

/**
 * Scratch space that a container takes to make the renditions of these names (default: all of the plan) and the stills.
 * Null when the source does not say how long it is.
 */
export function containerScratchMb(plan: Plan, names?: readonly string[]): number | null {
  const sizes = plan.renditions
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((rendition) => renditionMb(plan, rendition));
  let sum = 0;
  for (const size of sizes) {
    if (size === null) return null;
    sum += size;
  }
  return plan.durationSeconds === null ? null : sum * CONTAINER_COPIES + STILLS_MB;
}

function renditionMb(plan: Plan, rendition: RenditionPlan): number | null {
  const { durationSeconds } = plan;
  if (durationSeconds === null) return null;
  const bytesPerSecond = (rendition.maxBitrate + (plan.audio?.bitrate ?? 0)) / 8;
  return Math.ceil((durationSeconds * bytesPerSecond * SCRATCH_MARGIN) / 1e6);
}
