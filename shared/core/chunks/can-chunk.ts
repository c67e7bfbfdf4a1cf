import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { declaredFrames } from '../ranges/can-split.ts';

/** Containers in which a time can be sought: with an index, or with a clock in the stream. */
const SEEKABLE = /^(mov|matroska|mpegts)/;
/** Heard by nobody, and less than any frame. */
const TOGETHER_SECONDS = 0.002;

/**
 * Whether a source may be encoded chunk by chunk. What it declares decides here; whether it can be cut at a given frame
 * is only found by seeking there.
 */
export function canChunk(probe: Probe, plan: Plan): boolean {
  return (
    SEEKABLE.test(probe.container) &&
    !probe.brokenOff &&
    probe.containerStartSeconds !== null &&
    (!/^mpegts/.test(probe.container) || startTogether(probe, probe.containerStartSeconds)) &&
    declaredFrames(probe, plan) > 0
  );
}

/**
 * Where the clock may jump, ffmpeg counts from the earliest of the tracks that a run uses, and picture and sound are
 * made by different runs: they would drift apart by as much as their starts.
 */
function startTogether({ video, audio }: Probe, zero: number): boolean {
  const starts = [video.startSeconds, ...(audio ? [audio.startSeconds] : [])];
  return starts.every((start) => Math.abs(start - zero) <= TOGETHER_SECONDS);
}
