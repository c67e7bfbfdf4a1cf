import type { Plan, RenditionPlan } from '../plan.ts';

/** The index and what rate control overshoots. */
const SCRATCH_MARGIN = 1.05;
/** In a container the parts of a rendition lie beside the file that they are joined to. */
const CONTAINER_COPIES = 2;
/** Tiles of the storyboard (2,000 of 160x90 pixels at most), candidates for the poster and the images: 86 + 40 + 10 MB. */
const STILLS_MB = 150;

/** What one rendition takes at most; null when the source does not say how long it is. */
export function renditionScratchMb(plan: Plan, rendition: RenditionPlan): number | null {
  const { durationSeconds } = plan;
  if (durationSeconds === null) return null;
  const bytesPerSecond = (rendition.maxBitrate + (plan.audio?.bitrate ?? 0)) / 8;
  return Math.ceil((durationSeconds * bytesPerSecond * SCRATCH_MARGIN) / 1e6);
}

/**
 * Scratch space that a container takes to make the renditions of these names (default: all of the plan) and the stills:
 * every rendition twice, for its parts and the joined file. Null when the source does not say how long it is.
 */
export function containerScratchMb(plan: Plan, names?: readonly string[]): number | null {
  const sizes = plan.renditions
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((rendition) => renditionScratchMb(plan, rendition));
  let sum = 0;
  for (const size of sizes) {
    if (size === null) return null;
    sum += size;
  }
  return plan.durationSeconds === null ? null : sum * CONTAINER_COPIES + STILLS_MB;
}
