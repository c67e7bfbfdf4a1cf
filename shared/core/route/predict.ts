import type { Preset } from '../ladder.ts';
import type { Plan, RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { toNumber } from '../rational.ts';

/** What a function has; a vCPU comes with every 1,769 MB. */
export interface FunctionLimits {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly scratchMb: number;
}

/** What one task will need on such a function. */
export interface TaskPrediction {
  readonly task: string;
  /** Null when the source does not say how long it is. */
  readonly seconds: number | null;
  readonly memoryMb: number;
  /** Null when the source does not say how long it is. */
  readonly scratchMb: number | null;
}

const MB_PER_VCPU = 1769;
/** More than this ffmpeg does not use for one rendition. */
const MAX_USEFUL_VCPUS = 6;
/** Frame threads cost processor time. */
const THREAD_EFFICIENCY = 0.85;

/** CPU seconds per megapixel, measured on the 2018 build, mean of easy and grainy content. */
const ENCODE = 0.028;
const TONE_MAP = 0.018;
const DEINTERLACE = 0.0035;
const SCALE = 0.0015;
const DECODE: Readonly<Record<string, number>> = {
  h264: 0.0035,
  hevc: 0.01,
  vp9: 0.005,
  av1: 0.012,
  prores: 0.005,
  mpeg2video: 0.002,
  mpeg4: 0.002,
};
const DECODE_OTHER = 0.008;
/** CPU seconds per second of sound. */
const SOUND = 0.02;
/** Relative to `veryfast`; the measured ones are veryfast, faster and medium. */
const PRESET_COST: Readonly<Record<Preset, number>> = {
  ultrafast: 0.5,
  superfast: 0.75,
  veryfast: 1,
  faster: 1.6,
  fast: 2,
  medium: 2.5,
  slow: 4,
  slower: 8,
  veryslow: 14,
};
const START_SECONDS = 2;

/**
 * Megabytes: the worker itself, per megapixel of a source frame, per megapixel encoded at `veryfast` and what tone
 * mapping adds to it. Measured within a tenth on 480p to 1080p of HD and 4K sources.
 */
const MEMORY = { worker: 150, source: 13, encoded: 90, toneMapped: 25 } as const;
/** Per megapixel of a source frame, on top: the decoder keeps many. */
const DECODER_MEMORY: Readonly<Record<string, number>> = { av1: 60 };
/** Lookahead grows slower than the processor time. */
const MAX_MEMORY_FACTOR = 2.6;
const SCRATCH_MARGIN = 1.05;
const THUMBNAILS = { startSeconds: 2, perSourceSecond: 0.02, memoryMb: 190, scratchMb: 64 } as const;

/** Predicts every task of a plan on one kind of function. Whole seconds and megabytes. */
export function predict(plan: Plan, probe: Probe, limits: FunctionLimits): TaskPrediction[] {
  const vcpus = Math.min(MAX_USEFUL_VCPUS, limits.memoryMb / MB_PER_VCPU);
  const speed = vcpus > 1 ? vcpus * THREAD_EFFICIENCY : vcpus;
  const duration = plan.durationSeconds;
  const sourceMegapixels = (probe.video.codedWidth * probe.video.codedHeight) / 1e6;
  const renditions = plan.renditions.map((rendition): TaskPrediction => {
    const memoryFactor = Math.min(MAX_MEMORY_FACTOR, PRESET_COST[rendition.preset]);
    return {
      task: rendition.name,
      seconds:
        duration === null
          ? null
          : Math.ceil(START_SECONDS + (duration * cpuRate(plan, probe, rendition)) / speed),
      memoryMb: Math.ceil(
        MEMORY.worker +
          (MEMORY.source + (DECODER_MEMORY[probe.video.codec] ?? 0)) * sourceMegapixels +
          MEMORY.encoded * megapixels(rendition) * memoryFactor +
          (plan.picture.tonemap ? MEMORY.toneMapped * megapixels(rendition) : 0),
      ),
      scratchMb:
        duration === null
          ? null
          : Math.ceil((duration * bytesPerSecond(plan, rendition) * SCRATCH_MARGIN) / 1e6),
    };
  });
  return [
    ...renditions,
    {
      task: 'thumbnails',
      seconds:
        duration === null
          ? null
          : Math.ceil(THUMBNAILS.startSeconds + (duration * THUMBNAILS.perSourceSecond) / speed),
      memoryMb: Math.ceil(THUMBNAILS.memoryMb + MEMORY.source * sourceMegapixels),
      scratchMb: THUMBNAILS.scratchMb,
    },
  ];
}

/** CPU seconds per second of source. */
function cpuRate(plan: Plan, probe: Probe, rendition: RenditionPlan): number {
  const { video } = probe;
  const sourceRate = video.frameRate ? toNumber(video.frameRate) : toNumber(rendition.frameRate);
  const sourceMegapixels = (video.codedWidth * video.codedHeight * sourceRate) / 1e6;
  const outputMegapixels = megapixels(rendition) * toNumber(rendition.frameRate);
  const perSource = (DECODE[video.codec] ?? DECODE_OTHER) + (plan.picture.deinterlace ? DEINTERLACE : 0);
  const perOutput = ENCODE * PRESET_COST[rendition.preset] + SCALE + (plan.picture.tonemap ? TONE_MAP : 0);
  return sourceMegapixels * perSource + outputMegapixels * perOutput + (plan.audio ? SOUND : 0);
}

function megapixels(rendition: RenditionPlan): number {
  return (rendition.width * rendition.height) / 1e6;
}

function bytesPerSecond(plan: Plan, rendition: RenditionPlan): number {
  return (rendition.maxBitrate + (plan.audio?.bitrate ?? 0)) / 8;
}
