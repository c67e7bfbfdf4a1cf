import type { EventClock } from './event-clock.ts';

/** Something that takes so many units a second, in the order in which they come. */
export interface Limit {
  /** Seconds until these units are through. */
  take(units: number): number;
  /** All units so far. */
  taken(): number;
}

/** @param latency Seconds of each request on top. */
export function createLimit(clock: EventClock, perSecond: number, latency: number): Limit {
  let free = 0;
  let taken = 0;
  return {
    take(units) {
      taken += units;
      free = Math.max(free, clock.now()) + units / perSecond;
      return free - clock.now() + latency;
    },
    taken: () => taken,
  };
}
