/** How fast a piece of work advances, from its own reports; recent ones count for more. */
export interface Pace {
  /** Epoch milliseconds of the first report. */
  readonly since: number;
  /** Epoch milliseconds of the latest report. */
  readonly at: number;
  /** 0 to 1, at the latest report. */
  readonly fraction: number;
  /** Fraction done since the first report, and milliseconds it took; both fade with age. */
  readonly done: number;
  readonly tookMs: number;
}

/** The time that a host gives to one attempt; all but `reserveMs` in epoch milliseconds. */
export interface HostTime {
  readonly startedAt: number;
  /** At which the host stops it. */
  readonly deadline: number;
  /** Before the deadline, for verification and commit, or for handing over. */
  readonly reserveMs: number;
}

/** A reserve takes no more than this part of the time there is, so that short limits leave time for work. */
const MAX_RESERVE_SHARE = 0.2;
/** Age, as a part of the time there is, at which a report counts for 1/e. */
const MEMORY_SHARE = 0.15;
/** A pace is known after so many milliseconds, or this part of the time there is where that is less. */
const KNOWN_MS = 5_000;
const KNOWN_SHARE = 0.15;
/** And once so much is done, unless that alone has taken the part above. */
const KNOWN_FRACTION = 0.01;
/** Silence of no meaning: ffmpeg reports every half second. */
const REPORT_GAP_MS = 1_000;

/** @param reserveMs As configured. */
export function hostTime(startedAt: number, deadline: number, reserveMs: number): HostTime {
  return {
    startedAt,
    deadline,
    reserveMs: Math.min(reserveMs, Math.max(0, deadline - startedAt) * MAX_RESERVE_SHARE),
  };
}

/** The pace with one more report. It is counted from the first one on: before that, an encoder fills its buffers. */
export function paceAfter(pace: Pace | null, fraction: number, time: HostTime, now: number): Pace {
  if (pace === null) return { since: now, at: now, fraction, done: 0, tookMs: 0 };
  const elapsedMs = now - pace.at;
  const kept = keptShare(elapsedMs, time);
  return {
    since: pace.since,
    at: now,
    fraction: Math.max(pace.fraction, fraction),
    done: pace.done * kept + Math.max(0, fraction - pace.fraction),
    tookMs: pace.tookMs * kept + elapsedMs,
  };
}

/** Fraction per millisecond; a silence longer than between two reports counts as standing still. */
export function rateOf(pace: Pace, time: HostTime, now: number): number {
  const silentMs = Math.max(0, now - pace.at - REPORT_GAP_MS);
  const kept = keptShare(silentMs, time);
  const tookMs = pace.tookMs * kept + silentMs;
  return tookMs > 0 ? (pace.done * kept) / tookMs : 0;
}

/** When the work will be done, in epoch milliseconds; null while too little is known, or when it stands still. */
export function projectEnd(pace: Pace | null, time: HostTime, now: number): number | null {
  if (pace === null) return null;
  const wholeMs = time.deadline - time.startedAt;
  if (now - pace.since < Math.min(KNOWN_MS, KNOWN_SHARE * wholeMs)) return null;
  if (pace.fraction < KNOWN_FRACTION && now - pace.since < KNOWN_SHARE * wholeMs) return null;
  const rate = rateOf(pace, time, now);
  return rate > 0 ? now + (1 - pace.fraction) / rate : null;
}

function keptShare(elapsedMs: number, time: HostTime): number {
  return Math.exp(-elapsedMs / (MEMORY_SHARE * Math.max(1, time.deadline - time.startedAt)));
}
