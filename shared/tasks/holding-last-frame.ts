import { MillraceError } from '../core/errors.ts';
import type { FfmpegResult } from '../core/ports/media.ts';
import type { Probe } from '../core/probe.ts';

/**
 * Runs an encode that shows the last frame for as long as the source says. Old builds crash when not a single frame
 * reaches the filter that does so: then once more without it.
 * @param framesSoFar frames that the encode has reported
 */
export async function holdingLastFrame(
  probe: Probe,
  encode: (probe: Probe) => Promise<FfmpegResult>,
  framesSoFar: () => number,
): Promise<FfmpegResult> {
  try {
    return await encode(probe);
  } catch (error) {
    const mayHold = probe.pictureEndSeconds !== null && framesSoFar() === 0;
    if (!(mayHold && error instanceof MillraceError && error.code === 'encode.failed')) throw error;
    return await encode({ ...probe, pictureEndSeconds: null });
  }
}
