import type { Probe } from './probe.ts';

/** Containers whose clock may jump; ffmpeg smooths the jumps only while it shifts the times by itself. */
const CLOCK_JUMPS = /^(mpegts|mpeg|ogg)/;

/**
 * Seconds from the point that ffmpeg calls zero (the earliest time of any track) to the earliest time of the tracks
 * that are used. Newer builds leave unused tracks out of account where the clock may jump, older ones do not: there
 * the difference stays, on both sides, and picture and sound stay together.
 */
export function timelineOffset(probe: Probe): number {
  if (CLOCK_JUMPS.test(probe.container)) return 0;
  const offset = probe.startSeconds - probe.containerStartSeconds;
  return offset > 0 ? Math.round(offset * 1e6) / 1e6 : 0;
}
