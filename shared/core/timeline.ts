import type { Probe } from './probe.ts';

type Times = Pick<Probe, 'container' | 'containerStartSeconds' | 'startSeconds'>;

/** Containers whose clock may jump; ffmpeg smooths the jumps only while it shifts the times by itself. */
const CLOCK_JUMPS = /^(mpegts|mpeg|ogg)/;

/**
 * Seconds from the point that ffmpeg calls zero (the earliest time of any track) to the earliest time of the tracks
 * that are used. Newer builds leave unused tracks out of account where the clock may jump, older ones do not: there
 * the difference stays, on both sides, and picture and sound stay together.
 */
export function timelineOffset(probe: Times): number {
  if (CLOCK_JUMPS.test(probe.container) || probe.containerStartSeconds === null) return 0;
  const offset = probe.startSeconds - probe.containerStartSeconds;
  return offset > 0 ? Math.round(offset * 1e6) / 1e6 : 0;
}

/**
 * Option of ffmpeg's `fps` filter that begins at the presentation zero, so that a late first frame fills from there.
 * Nothing where the file has no sound and does not say when it begins: the first frame decides.
 */
export function gridStart(probe: Times & Pick<Probe, 'audio'>): string {
  const isKnown = probe.containerStartSeconds !== null || probe.audio !== null;
  return isKnown ? `:start_time=${timelineOffset(probe)}` : '';
}
