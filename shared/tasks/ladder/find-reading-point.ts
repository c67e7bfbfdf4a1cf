import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../../core/plan.ts';
import type { Ffmpeg, MediaInput } from '../../core/ports/media.ts';
import type { Probe } from '../../core/probe.ts';
import { landingArgs, landsBetweenKeyframes, parseLanding, seekAttempts } from '../../core/ranges/landing.ts';
import type { ReadingPoint } from '../../core/ranges/plan-ranges.ts';
import { toNumber } from '../../core/rational.ts';
import { timelineOffset } from '../../core/timeline.ts';

export interface SeekingSource {
  readonly input: MediaInput;
  readonly probe: Probe;
  readonly plan: Plan;
  /** Directory for a small file. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** Frames of the source that weaving fields looks at before one, with one to spare for an uneven clock. */
const WOVEN_FRAMES = 3;
/** Frames per second, where a source does not say. */
const SLOWEST_WOVEN_RATE = 10;

/** A decoder that begins amid frames may still show wrong ones after the first keyframe. */
const RECOVERY_SECONDS = 1;

/**
 * Where to begin to read for a frame of the grid, by trying. Null when the decoder complains there: it needs frames
 * from before, and an encode of the range would count errors that the source does not have.
 */
export async function findReadingPoint(
  ffmpeg: Ffmpeg,
  { input, probe, plan, scratch, signal }: SeekingSource,
  frame: number,
): Promise<ReadingPoint | null> {
  const frameRate = plan.renditions[0]?.frameRate;
  if (frameRate === undefined) return null;
  const seconds = timelineOffset(probe) + frame / toNumber(frameRate) - runInSeconds(probe, plan);
  for (const [attempt, seekSeconds] of seekAttempts(seconds).entries()) {
    const file = join(scratch, `landing-${frame}-${attempt}.txt`);
    const run = await ffmpeg.run({
      args: landingArgs({ input, picture: plan.picture, container: probe.container, seekSeconds, file }),
      signal,
    });
    const landing = parseLanding(await readFile(file, 'utf8'));
    if (run.errorCount > 0 && !landsBetweenKeyframes(probe.container)) return null;
    if (landing !== null && landing <= seconds) {
      return { seekSeconds, leadSeconds: seconds - landing, leadErrors: run.errorCount };
    }
  }
  return { seekSeconds: null, leadSeconds: Math.max(0, seconds), leadErrors: 0 };
}

/** Seconds for which frames must have been decoded before the first one that counts. */
function runInSeconds({ container, video }: Probe, { picture }: Plan): number {
  const recovery = landsBetweenKeyframes(container) ? RECOVERY_SECONDS : 0;
  if (!picture.deinterlace) return recovery;
  return recovery + WOVEN_FRAMES / (video.frameRate ? toNumber(video.frameRate) : SLOWEST_WOVEN_RATE);
}
