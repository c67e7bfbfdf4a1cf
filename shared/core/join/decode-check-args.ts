import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { RenditionPlan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import { toNumber } from '../rational.ts';

/** Frames of a file that are decoded, for nothing but the errors that show. */
export interface DecodedFrames {
  /** Place of the first, a keyframe. */
  readonly first: number;
  readonly frames: number;
}

/** The first GOP and the last: together the whole file where there are no more. */
export function framesToCheck(frames: number, gopFrames: number): DecodedFrames[] {
  const last = Math.floor((frames - 1) / gopFrames) * gopFrames;
  if (last <= gopFrames) return [{ first: 0, frames }];
  return [
    { first: 0, frames: gopFrames },
    { first: last, frames: frames - last },
  ];
}

/** Decodes these frames, and the sound beside them. */
export function decodeCheckArgs(
  input: MediaInput,
  { frameRate }: Pick<RenditionPlan, 'frameRate'>,
  { first, frames }: DecodedFrames,
): string[] {
  const frameSeconds = 1 / toNumber(frameRate);
  // Half a frame early: neither build rounds that to another frame.
  const start = first === 0 ? [] : ['-ss', ((first - 0.5) * frameSeconds).toFixed(6)];
  return [
    ...QUIET_ARGS,
    ...['-threads', '1'],
    ...start,
    ...['-t', (frames * frameSeconds).toFixed(6)],
    ...inputArgs(input),
    ...['-map', '0:v:0', '-map', '0:a?', '-vsync', '0', '-f', 'null', '-'],
  ];
}
