import type { FfprobeStream } from './ffprobe-schema.ts';
import type { Rational } from './rational.ts';

/** ffprobe's decimal text, for example `1.500000`; null for `N/A`, nothing and what is not finite. */
export function parseSeconds(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text)) return null;
  return Number(text);
}

/** `num<separator>den` with both positive and finite, reduced to lowest terms; else null. */
export function parseRatio(text: string | undefined, separator: '/' | ':'): Rational | null {
  const match = text?.match(/^(\d{1,10})([/:])(\d{1,10})$/);
  if (!match || match[2] !== separator) return null;
  const num = Number(match[1]);
  const den = Number(match[3]);
  if (num === 0 || den === 0) return null;
  const divisor = greatestCommonDivisor(num, den);
  return { num: num / divisor, den: den / divisor };
}

/** A count in decimal digits; null when absent or zero. */
export function parseCount(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text) || null;
}

/** Matroska's per-track tag `DURATION`, `01:02:03.500000000`, in seconds; null when absent. */
export function parseClock(text: string | undefined): number | null {
  const match = text?.match(/^(\d{1,4}):(\d{2}):(\d{2}(?:\.\d+)?)$/);
  if (!match) return null;
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

/** Clockwise degrees by which a player turns the picture; ffprobe counts the other way round. */
export function clockwiseRotation(stream: FfprobeStream): 0 | 90 | 180 | 270 {
  const found = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const quarters = ((Math.round(-found / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarters] ?? 0;
}

/** Bits per sample, read from ffmpeg's pixel format name. */
export function bitDepthOf(pixelFormat: string): number {
  const match = pixelFormat.match(/(?:p0?|gray|x2rgb|x2bgr)(9|10|12|14|16)(?:le|be)?$/);
  if (match) return Number(match[1]);
  return /(?:48|64)(?:le|be)$/.test(pixelFormat) ? 16 : 8;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
