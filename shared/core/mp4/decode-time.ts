import type { SampleFacts } from './sample-facts.ts';

type Timed = Pick<SampleFacts, 'kind' | 'start' | 'sampleDuration' | 'shifts'>;

/** Frames that x264 decodes ahead of the one that is shown, at most: with a pyramid of B-frames. */
const LEAD_FRAMES = 2;

/**
 * When a sample is decoded, in units of the timescale from the zero of the job's outputs. Frames are decoded some places
 * ahead of being shown, so that none is shown before it is decoded and no offset is negative, which players read in
 * different ways. The first frames of all, which have no time before zero for that, are decoded at once: a unit apart.
 */
export function decodeTime(facts: Timed, sample: number): number {
  const { kind, start, sampleDuration } = facts;
  if (kind === 'sound') return start + sample * sampleDuration;
  const place = start / sampleDuration + sample;
  const lead = leadFrames(facts);
  return place <= lead ? place : (place - lead) * sampleDuration;
}

/** Whether a sample and all after it are decoded one duration after another. */
export function isDecodedEvenly(facts: Timed, sample: number): boolean {
  if (facts.kind === 'sound') return true;
  return facts.start / facts.sampleDuration + sample > leadFrames(facts);
}

/** The same for all files that one encoder made, so that they follow one another. */
function leadFrames({ shifts }: Timed): number {
  let least = -LEAD_FRAMES;
  for (const shift of shifts) if (shift < least) least = shift;
  return -least;
}
