import type { FrameRange } from './frame-range.ts';

/** The frames to be made and who makes them. */
export interface Grid {
  /** As declared; the last range takes what there really is. */
  readonly frames: number;
  readonly gopFrames: number;
  /** Frames per second. */
  readonly rate: number;
  /** Ranges made at the same time, at least 2. */
  readonly vcpus: number;
}

/** How a frame of the grid is reached in the source. */
export interface ReadingPoint {
  /** See `FrameRange`. */
  readonly seekSeconds: number | null;
  /** Seconds that are decoded before the frame, for nothing. */
  readonly leadSeconds: number;
  /** Complaints of the decoder before the frame that say nothing of the source, which is read from amid its frames. */
  readonly leadErrors: number;
}

interface Cut extends ReadingPoint {
  readonly gop: number;
}

/** GOPs of the shortest range. */
export const MIN_RANGE_GOPS = 2;
/** A range is this part of what each processor still has to do, so that short ones at the end even out. */
const GUIDED_PART = 1 / 1.5;
/** Ranges per processor, at most about so many: more even out nothing. */
const MAX_ROUNDS = 32;
/** Points of the source that are tried for one cut. */
const MAX_LOOKS = 3;
/** Part of the source that may be decoded twice, which takes about 4 % more; above, one process is as fast. */
const MAX_LEAD_PART = 1 / 3;

/**
 * Cuts a grid into ranges of whole GOPs, long ones first. Asks for the reading point of one frame after another (an
 * answer of null: cannot be read from there), because a cut just after a keyframe of the source wastes no decoding.
 * Gives null when no good cuts are found.
 */
export function* planRanges(
  grid: Grid,
): Generator<number, readonly FrameRange[] | null, ReadingPoint | null> {
  const { gopFrames, vcpus } = grid;
  const gops = Math.floor(grid.frames / gopFrames);
  const shortest = Math.max(MIN_RANGE_GOPS, Math.ceil(gops / (vcpus * MAX_ROUNDS)));
  const cuts: Cut[] = [{ gop: 0, seekSeconds: null, leadSeconds: 0, leadErrors: 0 }];
  for (let from = 0; ; ) {
    const wanted = Math.max(shortest, Math.ceil(((gops - from) / vcpus) * GUIDED_PART));
    if (gops - from < wanted + shortest) break;
    const cut = yield* findCut(grid, { from, wanted, shortest, last: gops - shortest });
    if (cut === undefined) return null;
    cuts.push(cut);
    from = cut.gop;
  }
  const lead = cuts.reduce((sum, cut) => sum + cut.leadSeconds, 0);
  if (cuts.length === 1 || lead > (grid.frames / grid.rate) * MAX_LEAD_PART) return null;
  return cuts.map(({ gop, seekSeconds }, index): FrameRange => {
    const next = cuts[index + 1];
    return {
      first: gop * gopFrames,
      frames: next === undefined ? null : (next.gop - gop) * gopFrames,
      seekSeconds,
    };
  });
}

/** GOPs: where the range begins, its wanted and shortest length, the last place for a cut. */
interface Search {
  readonly from: number;
  readonly wanted: number;
  readonly shortest: number;
  readonly last: number;
}

/** The cut with the least lead among a few; one within a GOP of a keyframe is taken at once. */
function* findCut(grid: Grid, search: Search): Generator<number, Cut | undefined, ReadingPoint | null> {
  const gopSeconds = grid.gopFrames / grid.rate;
  const { from, wanted, shortest, last } = search;
  const step = Math.max(1, Math.floor(wanted / 3));
  let best: Cut | undefined;
  let gop = from + wanted;
  for (let look = 0; look < MAX_LOOKS && gop <= last; look += 1, gop += step) {
    const point = yield gop * grid.gopFrames;
    if (!point) continue;
    // The first GOP after the keyframe that was found is read from the same point.
    const back = Math.floor(point.leadSeconds / gopSeconds);
    const isLongEnough = gop - back >= from + Math.max(shortest, wanted / 2);
    const cut = isLongEnough
      ? { gop: gop - back, ...point, leadSeconds: point.leadSeconds - back * gopSeconds }
      : { gop, ...point };
    if (!best || cut.leadSeconds < best.leadSeconds) best = cut;
    if (best.leadSeconds <= gopSeconds) break;
  }
  return best;
}
