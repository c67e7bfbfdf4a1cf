import type { MediaIndex } from './media-index.ts';

type Timed = Pick<MediaIndex, 'kind' | 'start' | 'sampleDuration' | 'leadFrames'>;

/** Frames that x264 decodes ahead of the one that is shown, at most: with a pyramid of B-frames. */
const LEAD_FRAMES = 2;

/** Frames by which those of a file are decoded ahead: the same for all files that one encoder made, so that they follow one another. */
export function leadFrames(shifts: Int16Array): number {
  let least = -LEAD_FRAMES;
  for (const shift of shifts) if (shift < least) least = shift;
  return -least;
}

/**
 * When a sample is decoded, in units of the timescale from the zero of the job's outputs. Frames are decoded some places
 * ahead of being shown, so that none is shown before it is decoded and no offset is negative, which players read in
 * different ways. The first frames of all, which have no time before zero for that, are decoded at once: a unit apart.
 */
export function decodeTime({ kind, start, sampleDuration, leadFrames: lead }: Timed, sample: number): number {
  if (kind === 'sound') return start + sample * sampleDuration;
  const place = start / sampleDuration + sample;
  return place <= lead ? place : (place - lead) * sampleDuration;
}

/** Whether a sample and all after it are decoded one duration after another. */
export function isDecodedEvenly(
  { kind, start, sampleDuration, leadFrames: lead }: Timed,
  sample: number,
): boolean {
  return kind === 'sound' || start / sampleDuration + sample > lead;
}
