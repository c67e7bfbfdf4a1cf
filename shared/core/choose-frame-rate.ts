import type { VideoStream } from './probe.ts';
import { type Rational, toNumber } from './rational.ts';

/** Rates that video is made at; a measured rate within {@link SNAP} of one is meant to be it. */
const STANDARD_RATES: readonly Rational[] = [
  { num: 10, den: 1 },
  { num: 12, den: 1 },
  { num: 25, den: 2 },
  { num: 15, den: 1 },
  { num: 20, den: 1 },
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
];
const SNAP = 0.005;
const FALLBACK: Rational = { num: 25, den: 1 };
/** Rates written with larger numbers than this are measurements; they are rounded to a thousandth. */
const MAX_EXACT_NUMERATOR = 1_000_000;
/** An even division of a fast source is taken while it leaves at least this many frames a second. */
const MIN_DIVIDED_RATE = 40;

/**
 * Slower constant sources are repeated evenly and slower variable ones sampled faster: a grid of long frames could
 * not end within 0.15 seconds of the source.
 */
const MIN_RATE = 10;

/**
 * The constant output rate: the source's own, snapped to a standard rate. Of a variable source the nominal rate, or
 * 30 or 60 where that is absurd, so that no frame is lost. 25 when nothing is known; at least 10.
 * @param maxFrameRate frames per second; faster sources are divided evenly where that leaves 40, else brought to it
 */
export function chooseFrameRate(
  video: Pick<VideoStream, 'frameRate' | 'nominalFrameRate' | 'variableFrameRate'>,
  maxFrameRate: number,
): Rational {
  const average = video.frameRate;
  if (average === null) return FALLBACK;
  const rate = video.variableFrameRate ? variableRate(average, video.nominalFrameRate) : average;
  return capped(snapped(raised(rate)), maxFrameRate);
}

function raised(rate: Rational): Rational {
  const repeats = Math.ceil((MIN_RATE * (1 - SNAP)) / toNumber(rate));
  return { num: rate.num * Math.max(1, repeats), den: rate.den };
}

function variableRate(average: Rational, nominal: Rational | null): Rational {
  const averageValue = toNumber(average);
  if (averageValue > 60 * (1 + SNAP)) return average;
  const nominalValue = nominal ? toNumber(nominal) : 0;
  if (nominal && nominalValue >= Math.max(averageValue, MIN_RATE) && nominalValue <= 60 * (1 + SNAP))
    return nominal;
  return { num: averageValue <= 30 * (1 + SNAP) ? 30 : 60, den: 1 };
}

function snapped(rate: Rational): Rational {
  const value = toNumber(rate);
  const distance = (standard: Rational) => Math.abs(toNumber(standard) / value - 1);
  const nearest = STANDARD_RATES.reduce((best, next) => (distance(next) < distance(best) ? next : best));
  if (distance(nearest) <= SNAP) return nearest;
  if (rate.num <= MAX_EXACT_NUMERATOR) return rate;
  return { num: Math.max(1, Math.round(value * 1000)), den: 1000 };
}

function capped(rate: Rational, maxFrameRate: number): Rational {
  const value = toNumber(rate);
  if (value <= maxFrameRate) return rate;
  const divisor = Math.ceil(value / (maxFrameRate * (1 + SNAP)));
  if (value / divisor >= Math.min(MIN_DIVIDED_RATE, maxFrameRate)) {
    const divided = snapped({ num: rate.num, den: rate.den * divisor });
    if (toNumber(divided) <= maxFrameRate) return divided;
  }
  return { num: maxFrameRate, den: 1 };
}
