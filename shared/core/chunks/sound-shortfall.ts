import type { AudioStream, Probe } from '../probe.ts';

/** Declared lengths are this far off in sound files: rounding, codec delay, estimates. */
const SLACK_SECONDS = 0.2;
const SLACK_FRACTION = 0.005;

/**
 * Why a sound that ends at `endSeconds` is not all that the source declares, in words; null when it is, or when nothing
 * is declared.
 */
export function soundShortfall(audio: AudioStream, probe: Probe, endSeconds: number): string | null {
  if (audio.durationSeconds === null) return endSeconds > 0 ? null : 'no sound could be decoded';
  const declared = audio.startSeconds - probe.startSeconds + audio.durationSeconds;
  if (declared - endSeconds <= SLACK_SECONDS + declared * SLACK_FRACTION) return null;
  return `the sound ends after ${endSeconds.toFixed(1)} seconds of ${declared.toFixed(1)}`;
}
