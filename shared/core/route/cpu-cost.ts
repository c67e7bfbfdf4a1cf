import type { Plan, RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { toNumber } from '../rational.ts';
import type { Calibration, DecodeCost } from './calibration.ts';
import { bitsPerPixel, complexity, megapixels, sourceFrameRate } from './complexity.ts';

/** Of codecs that were not measured. */
const DECODE_OTHER: DecodeCost = { perMegapixel: 0.004, perMegabit: 0.01 };
/** Assumed where a file does not tell its bitrate: an ordinary camera's. */
const UNKNOWN_BITS_PER_PIXEL = 0.15;
/** Frames of 4K no longer stay in the caches: measured 1.1 to 1.5 times the time per pixel of 1080p. */
const LARGE = { megapixels: 2.0736, exponent: 0.2 } as const;

/** CPU seconds per second of source to decode its picture and weave its fields: once, however much is made of it. */
export function decodeCost(plan: Plan, probe: Probe, table: Calibration): number {
  const { video } = probe;
  const frameRate = sourceFrameRate(video, outputFrameRate(plan));
  const { perMegapixel, perMegabit } = table.decode[video.codec] ?? DECODE_OTHER;
  const bits = bitsPerPixel(video, frameRate) ?? UNKNOWN_BITS_PER_PIXEL;
  const depth = video.bitDepth > 8 ? table.highBitDepth : 1;
  const large = Math.max(1, megapixels(video) / LARGE.megapixels) ** LARGE.exponent;
  const perFrame = (perMegapixel + perMegabit * bits) * depth * large;
  return megapixels(video) * frameRate * (perFrame + (plan.picture.deinterlace ? table.deinterlace : 0));
}

/** CPU seconds per second of source to scale and encode one rendition, its sound not counted. */
export function encodeCost(plan: Plan, probe: Probe, rendition: RenditionPlan, table: Calibration): number {
  const { video } = probe;
  const outputRate = toNumber(rendition.frameRate);
  const sourceRate = sourceFrameRate(video, outputRate);
  const pixels = (rendition.width * rendition.height) / 1e6;
  const { easy, hard } = encodeRates(pixels, table);
  const moving = easy + (hard - easy) * complexity(video, sourceRate);
  // Frames that only fill the constant grid are copies of the one before.
  const fresh = Math.min(sourceRate, outputRate);
  const isScaled = rendition.width !== video.width || rendition.height !== video.height;
  return (
    pixels * (fresh * moving + (outputRate - fresh) * easy) * table.presets[rendition.preset] +
    (isScaled ? megapixels(video) * fresh * table.scale : 0) +
    (plan.picture.tonemap ? pixels * outputRate * table.toneMap : 0)
  );
}

/** CPU seconds per second of source to make its sound anew. */
export function soundCost(plan: Plan, table: Calibration): number {
  return plan.audio ? table.perSoundSecond : 0;
}

/** Between two measured sizes by the logarithm of the pixels; beyond them as at the nearest. */
function encodeRates(
  pixels: number,
  { encode }: Calibration,
): { readonly easy: number; readonly hard: number } {
  const above = encode.findIndex((row) => row.megapixels >= pixels);
  const upper = encode[above === -1 ? encode.length - 1 : above];
  const lower = encode[above === -1 ? encode.length - 1 : Math.max(0, above - 1)];
  if (upper === undefined || lower === undefined) throw new RangeError('a calibration without encoders');
  if (upper === lower) return upper;
  const share = Math.log(pixels / lower.megapixels) / Math.log(upper.megapixels / lower.megapixels);
  return {
    easy: lower.easy + (upper.easy - lower.easy) * share,
    hard: lower.hard + (upper.hard - lower.hard) * share,
  };
}

function outputFrameRate(plan: Plan): number {
  const [first] = plan.renditions;
  return first ? toNumber(first.frameRate) : 0;
}
