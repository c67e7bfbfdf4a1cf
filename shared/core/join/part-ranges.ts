import type { Plan, RenditionPlan } from '../plan.ts';
import { toNumber } from '../rational.ts';

const MIB = 1024 * 1024;
/** S3 takes no smaller part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const FIRST_BYTES = 5 * MIB;
/** One buffer of the join; S3's answer to a part takes about as long as 8 MiB take to send. */
const NEXT_BYTES = 8 * MIB;
/** S3's limit. */
const MAX_PARTS = 10_000;
/** Of what the bitrates allow: rate control may miss its cap for a while. */
const BITRATE_MARGIN = 2;

/** How the media data of a file is divided into the parts of its upload. */
export interface PartSizes {
  /** In part 1, behind the file's header, whose length only the end tells. */
  readonly first: number;
  /** In every other part but the last, which takes the rest. */
  readonly next: number;
}

/** A part of an upload: its number, from 1, and the media data in it, `end` excluded. */
export interface PartRange {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The same for every worker at any time, so that all upload the same bytes; larger parts than usual only for what might
 * not fit into as many as S3 takes.
 */
export function partSizes(plan: Plan, rendition: RenditionPlan): PartSizes {
  const frames = plan.chunks?.declaredFrames ?? 0;
  const bitrate = rendition.maxBitrate + (plan.audio?.bitrate ?? 0);
  const bytes = ((frames / toNumber(rendition.frameRate)) * bitrate * BITRATE_MARGIN) / 8;
  const next = Math.max(NEXT_BYTES, Math.ceil(bytes / (MAX_PARTS - 1) / MIB) * MIB);
  return { first: FIRST_BYTES, next };
}

/**
 * Parts of a file by what is known of its media data.
 * @param ended Whether that is all of it: only then are there part 1 and the last.
 * @throws RangeError when there are more than S3 takes
 */
export function partRanges(bytes: number, { first, next }: PartSizes, ended: boolean): PartRange[] {
  const ranges: PartRange[] = ended ? [{ number: 1, start: 0, end: Math.min(first, bytes) }] : [];
  for (let number = 2, start = first; start < bytes; number += 1, start += next) {
    const end = Math.min(start + next, bytes);
    if (!ended && end - start < next) break;
    if (number > MAX_PARTS)
      throw new RangeError(`${bytes} bytes are more than ${MAX_PARTS} parts of ${next}`);
    ranges.push({ number, start, end });
  }
  return ranges;
}
