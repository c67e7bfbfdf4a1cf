import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { PicturePlan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import { seekArgs } from './range-args.ts';

/** Frames among which one that needs no other must come; before it come those that lean on what was not read. */
const MAX_LEADING_FRAMES = 24;
/** Where reading begins anywhere: those of a long distance between keyframes at 60 a second. */
const MAX_FRAMES_TO_KEYFRAME = 600;
const MICROSECONDS = 1_000_000;

export interface LandingOptions {
  readonly input: MediaInput;
  readonly picture: PicturePlan;
  /** ffmpeg's name, see `Probe`. */
  readonly container: string;
  /** Seconds on ffmpeg's timeline. */
  readonly seekSeconds: number;
  /** Text file to write, see {@link parseLanding}. */
  readonly file: string;
}

/**
 * Seeks as an encode of a range does, and writes the time of the first frame that was decoded by itself. Builds differ
 * in where they land, so the one that encodes is asked.
 */
export function landingArgs({ input, picture, container, seekSeconds, file }: LandingOptions): string[] {
  const isStart = landsBetweenKeyframes(container) ? 'eq(pict_type,I)*key' : 'eq(pict_type,I)';
  return [
    ...QUIET_ARGS,
    ...['-err_detect', 'crccheck', '-threads', '1'],
    ...seekArgs({ seekSeconds }),
    ...inputArgs(input),
    ...['-map', `0:v:${picture.videoOrdinal}`],
    '-filter:v',
    `trim=end_frame=${leadingFrames(container)},select='${isStart}',scale=16:16,settb=1/${MICROSECONDS}`,
    ...['-vsync', '0', '-enc_time_base', `1:${MICROSECONDS}`, '-frames:v', '1'],
    ...['-c:v', 'rawvideo', '-f', 'framecrc', '-y', file],
  ];
}

/** Whether a seek lands at a time and not at a keyframe, so that the decoder first meets what it cannot know. */
export function landsBetweenKeyframes(container: string): boolean {
  return /^mpegts/.test(container);
}

function leadingFrames(container: string): number {
  return landsBetweenKeyframes(container) ? MAX_FRAMES_TO_KEYFRAME : MAX_LEADING_FRAMES;
}

/** Seconds on ffmpeg's timeline; null when no frame could be decoded by itself. */
export function parseLanding(text: string): number | null {
  if (!text.includes(`#tb 0: 1/${MICROSECONDS}`)) return null;
  // Stream, decoding time, presentation time, …
  const time = text.match(/^0,\s*-?\d+,\s*(-?\d+),/m)?.[1];
  return time === undefined ? null : Number(time) / MICROSECONDS;
}

/** Some builds aim this far ahead of a time (3/23 s, for pictures that are shown later than they are decoded). */
const SEEK_AHEAD = 3 / 23 + 0.005;

/** Where to seek, one after another, until the landing is not after `seconds`. */
export function seekAttempts(seconds: number): number[] {
  return [seconds + SEEK_AHEAD, seconds - 0.005, seconds - 1, seconds - 4, seconds - 12].filter(
    (at) => at > 0,
  );
}
