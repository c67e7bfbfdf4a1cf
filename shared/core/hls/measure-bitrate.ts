import type { StreamBitrate } from './stream-facts.ts';

/** One entry of a playlist. */
interface Entry {
  readonly bytes: number;
  readonly micros: number;
}

/**
 * Peak and average segment bit rate in the words of RFC 8216bis, section 4.1: the highest rate of any run of segments
 * that lasts 0.5 to 1.5 target durations, and the rate of all of them. A playlist too short for any such run has its
 * average as its peak.
 */
export function measureBitrate(entries: readonly Entry[], targetSeconds: number): StreamBitrate {
  const least = 0.5 * targetSeconds * 1e6;
  const most = 1.5 * targetSeconds * 1e6;
  const average = rateOf(entries);
  let peak = average;
  for (let first = 0; first < entries.length; first += 1) {
    let bytes = 0;
    let micros = 0;
    for (let next = first; next < entries.length; next += 1) {
      bytes += entries[next]?.bytes ?? 0;
      micros += entries[next]?.micros ?? 0;
      if (micros > most) break;
      if (micros >= least) peak = Math.max(peak, bitsPerSecond(bytes, micros));
    }
  }
  return { peak: Math.ceil(peak), average: Math.ceil(average) };
}

function rateOf(entries: readonly Entry[]): number {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return bitsPerSecond(
    bytes,
    entries.reduce((sum, entry) => sum + entry.micros, 0),
  );
}

function bitsPerSecond(bytes: number, micros: number): number {
  return micros === 0 ? 0 : (bytes * 8e6) / micros;
}
