import type { Rational } from '../rational.ts';

/** One packet of a list that ffmpeg's `framecrc` writes. */
export interface ListedPacket {
  /** In units of the list. */
  readonly shownAt: number;
  readonly bytes: number;
  readonly isKey: boolean;
}

/** Seconds in one unit of a list's times, from the line that tells it; null for every other line. */
export function listUnit(line: string): Rational | null {
  const [, num, den] = /^#tb 0: (\d+)\/(\d+)$/.exec(line.trim()) ?? [];
  return num === undefined || den === undefined ? null : { num: Number(num), den: Number(den) };
}

/**
 * The packet of a line `stream, decoded at, shown at, duration, bytes, checksum`, which goes on with the flags where they
 * are others than those of a keyframe; null for a comment or a line of another make.
 */
export function listedPacket(line: string): ListedPacket | null {
  const fields = line.split(',').map((field) => field.trim());
  const [stream, , shownAt, , bytes] = fields;
  if (stream !== '0' || !/^-?\d+$/.test(shownAt ?? '') || !/^\d+$/.test(bytes ?? '')) return null;
  return {
    shownAt: Number(shownAt),
    bytes: Number(bytes),
    isKey: !fields.some((field) => field.startsWith('F=')),
  };
}
