import { type HostTime, type Pace, projectEnd } from './project-end.ts';

export type HandOverDecision =
  /** `lateSince`: epoch milliseconds since when the projected end is too late without a break; null when it is not. */
  | { readonly kind: 'goOn'; readonly lateSince: number | null }
  /** `end`: projected, in epoch milliseconds. */
  | { readonly kind: 'late'; readonly end: number }
  /** The reserve has begun and the work is not done, whatever was projected. */
  | { readonly kind: 'lastMoment' };

/** Part of the time there is during which a projection must stay too late: paces vary with the picture. */
const PATIENCE_SHARE = 0.05;
/** From here on there is nothing to wait for: the time needed against the time left. */
const HOPELESS = 2;
/** From here on the work gets all the time there is: little would be saved, and all of it lost. */
const NEARLY_DONE = 0.95;
/** Part of the reserve that such work may use. */
const GRACE_SHARE = 1 / 3;

/**
 * Whether work goes on where it is. It is handed over when its projected end lies beyond the deadline less the
 * reserve, for a while or by far; and at its last moment in any case.
 * @param lateSince Of the decision before this one.
 */
export function decideHandOver(
  pace: Pace | null,
  time: HostTime,
  lateSince: number | null,
  now: number,
): HandOverDecision {
  if (now >= lastMoment(pace, time)) return { kind: 'lastMoment' };
  const end = isNearlyDone(pace) ? null : projectEnd(pace, time, now);
  const limit = time.deadline - time.reserveMs;
  if (end === null || end <= limit) return { kind: 'goOn', lateSince: null };
  const since = lateSince ?? now;
  const isLasting = now - since >= PATIENCE_SHARE * (time.deadline - time.startedAt);
  const isHopeless = end - now >= HOPELESS * (limit - now);
  return isLasting || isHopeless ? { kind: 'late', end } : { kind: 'goOn', lateSince: since };
}

/** Epoch milliseconds at which unfinished work is handed over in any case. */
export function lastMoment(pace: Pace | null, { deadline, reserveMs }: HostTime): number {
  return deadline - reserveMs + (isNearlyDone(pace) ? reserveMs * GRACE_SHARE : 0);
}

function isNearlyDone(pace: Pace | null): boolean {
  return pace !== null && pace.fraction >= NEARLY_DONE;
}
