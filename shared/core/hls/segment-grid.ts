import type { Plan } from '../plan.ts';
import { toNumber } from '../rational.ts';

type GridPlan = Pick<Plan, 'renditions' | 'gopsPerSegment'>;

/** Segments of the sound end up to a packet later than those of the picture. */
const LONGEST_PACKET_SECONDS = 0.05;

/** Frames of every segment but the last: whole GOPs of the one frame grid. */
export function segmentFrames({ renditions, gopsPerSegment }: GridPlan): number {
  return (renditions[0]?.gopFrames ?? 1) * gopsPerSegment;
}

/** Seconds of every segment but the last. */
export function segmentSeconds(plan: GridPlan): number {
  const [rendition] = plan.renditions;
  return rendition === undefined ? 1 : segmentFrames(plan) / toNumber(rendition.frameRate);
}

/**
 * EXT-X-TARGETDURATION of all playlists of a job: no EXTINF, rounded to the nearest second, is above it. It is known
 * before the first segment is, because it must not change while a playlist grows.
 */
export function targetSeconds(plan: GridPlan): number {
  return Math.max(1, Math.round(segmentSeconds(plan) + LONGEST_PACKET_SECONDS));
}
