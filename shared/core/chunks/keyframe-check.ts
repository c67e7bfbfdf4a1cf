import { QUIET_ARGS } from '../ffmpeg-input.ts';
import type { RenditionPlan } from '../plan.ts';
import { toNumber } from '../rational.ts';

const MICROSECONDS = 1_000_000;

/** A media file of pictures, and what it should hold. */
export interface CheckedFile {
  /** Path. */
  readonly file: string;
  readonly rendition: RenditionPlan;
  /** Place of its first frame on the job's grid. */
  readonly first: number;
  readonly frames: number;
}

/**
 * Decodes the keyframes of files as a player that opens each of them alone, and writes their times and sizes.
 * @param output text file, see {@link keyframeMismatches}
 */
export function keyframeCheckArgs(files: readonly CheckedFile[], output: string): string[] {
  return [
    ...QUIET_ARGS,
    '-copyts',
    ...files.flatMap(({ file }) => [
      ...['-threads', '1', '-skip_frame', 'nokey', '-protocol_whitelist', 'file', '-i', `file:${file}`],
    ]),
    ...files.flatMap((_file, index) => ['-map', `${index}:v:0`]),
    ...['-filter:v', `settb=1/${MICROSECONDS}`, '-vsync', '0', '-enc_time_base', `1:${MICROSECONDS}`],
    ...['-c:v', 'rawvideo', '-f', 'framecrc', '-y', output],
  ];
}

/** What is not as it should be, in words; `text` is what the decoder wrote. */
export function keyframeMismatches(text: string, files: readonly CheckedFile[]): string[] {
  return files.flatMap((checked, stream) => {
    const { width, height, name } = checked.rendition;
    const size = text.match(new RegExp(`^#dimensions ${stream}: (\\d+x\\d+)$`, 'm'))?.[1];
    const found = framesOf(text, stream);
    const expected = keyframeTimes(checked);
    const isInPlace = found.every(({ at }, index) => Math.abs(at - (expected[index] ?? 0)) <= 1);
    return [
      ...(size === `${width}x${height}`
        ? []
        : [`${name} is ${size ?? 'of no size'}, not ${width}x${height}`]),
      ...(found.length === expected.length
        ? []
        : [`${name} shows ${found.length} keyframes, not ${expected.length}`]),
      ...(isInPlace ? [] : [`${name} has keyframes at other times than planned`]),
      // 8 bits in 4:2:0.
      ...(found.every(({ bytes }) => bytes === (width * height * 3) / 2)
        ? []
        : [`${name} is of another pixel format`]),
    ];
  });
}

interface Frame {
  /** Microseconds. */
  readonly at: number;
  readonly bytes: number;
}

function framesOf(text: string, stream: number): Frame[] {
  // Stream, decoding time, presentation time, duration, size, checksum.
  const lines = text.matchAll(/^(\d+),\s*-?\d+,\s*(-?\d+),\s*\d+,\s*(\d+),/gm);
  return [...lines].flatMap(([, of, at, bytes]) =>
    Number(of) === stream ? [{ at: Number(at), bytes: Number(bytes) }] : [],
  );
}

function keyframeTimes({ rendition, first, frames }: CheckedFile): number[] {
  const { gopFrames, frameRate } = rendition;
  return Array.from(
    { length: Math.ceil(frames / gopFrames) },
    (_, gop) => ((first + gop * gopFrames) / toNumber(frameRate)) * MICROSECONDS,
  );
}
