import type { Plan, RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { Calibration } from './calibration.ts';
import { megapixels } from './complexity.ts';

/**
 * Megabytes: the worker itself, per megapixel of a source frame, per megapixel encoded at `veryfast` and what tone
 * mapping adds to it. Measured within a tenth on 480p to 1080p of HD and 4K sources.
 */
const MEMORY = { worker: 150, source: 13, encoded: 90, toneMapped: 25 } as const;
/** Per megapixel of a source frame, on top: the decoder keeps many. */
const DECODER_MEMORY: Readonly<Record<string, number>> = { av1: 60 };
/** Lookahead grows slower than the processor time. */
const MAX_MEMORY_FACTOR = 2.6;
const THUMBNAILS_MB = 190;

/** Resident memory of a function that makes these renditions, of the worker and its ffmpeg. */
export function encodeMemoryMb(
  plan: Plan,
  probe: Probe,
  renditions: readonly RenditionPlan[],
  table: Calibration,
): number {
  return Math.ceil(MEMORY.worker + processMemoryMb(plan, probe, renditions, table));
}

/** Of a container: each ffmpeg decodes for itself and has all encoders. */
export function containerMemoryMb(plan: Plan, probe: Probe, processes: number, table: Calibration): number {
  return Math.ceil(MEMORY.worker + processes * processMemoryMb(plan, probe, plan.renditions, table));
}

export function thumbnailsMemoryMb(probe: Probe): number {
  return Math.ceil(THUMBNAILS_MB + MEMORY.source * megapixels(probe.video));
}

function processMemoryMb(
  plan: Plan,
  probe: Probe,
  renditions: readonly RenditionPlan[],
  table: Calibration,
): number {
  const { video } = probe;
  const source = (MEMORY.source + (DECODER_MEMORY[video.codec] ?? 0)) * megapixels(video);
  return renditions.reduce((sum, { width, height, preset }) => {
    const pixels = (width * height) / 1e6;
    const factor = Math.min(MAX_MEMORY_FACTOR, table.presets[preset]);
    return sum + MEMORY.encoded * pixels * factor + (plan.picture.tonemap ? MEMORY.toneMapped * pixels : 0);
  }, source);
}
