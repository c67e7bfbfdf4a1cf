import { DEFAULT_PROFILE } from '../../../shared/core/ladder.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { planJob } from '../../../shared/core/plan-job.ts';
import type { Probe } from '../../../shared/core/probe.ts';
import type { Calibration } from '../../../shared/core/route/calibration.ts';
import { CALIBRATION } from '../../../shared/core/route/calibration-table.ts';
import { complexity } from '../../../shared/core/route/complexity.ts';
import { decodeCost, encodeCost } from '../../../shared/core/route/cpu-cost.ts';

/** What is to be made, in CPU seconds and bytes for each second of it. */
export interface Workload {
  readonly name: string;
  readonly seconds: number;
  readonly probe: Probe;
  readonly plan: Plan;
  readonly sourceBytes: number;
  /** One decode for all renditions, sound not counted. */
  readonly ladderCpu: number;
  /** To encode the sound, and to make it for chunks, which copy what may be copied. */
  readonly soundCpu: number;
  readonly chunkSoundCpu: number;
  /** Lowest first. */
  readonly renditions: readonly RenditionWork[];
}

export interface RenditionWork {
  readonly name: string;
  /** By an ffmpeg of its own, with decode and sound. */
  readonly cpu: number;
  readonly bytes: number;
}

export interface SourceKind {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrate: number;
}

/** H.264 of ordinary bitrates: as hard to encode as two thirds of the way from a still picture to grain. */
export const FULL_HD: SourceKind = {
  name: '1080p30',
  width: 1920,
  height: 1080,
  frameRate: 30,
  bitrate: 8_000_000,
};
export const ULTRA_HD: SourceKind = {
  name: '4K60',
  width: 3840,
  height: 2160,
  frameRate: 60,
  bitrate: 40_000_000,
};

/** CRF 23 at 720p gives 1.3 to 4.3 Mbit/s by content (measured), and the cap there is 3.5. */
const EASY_SHARE_OF_CAP = 0.37;
/** An hour of sound took 68 CPU s in one piece (measured): more than the table's, because 5.1 was decoded. */
const SOUND_CPU = 68 / 3600;
/** The source's sound is AAC-LC in stereo, as most is: it is demuxed, packaged and decoded once. */
const COPIED_SOUND_CPU = 0.002;

export function workload(kind: SourceKind, seconds: number, table: Calibration = CALIBRATION): Workload {
  const probe = probeOf(kind, seconds);
  const plan = planJob(probe, DEFAULT_PROFILE, 'model');
  const decode = decodeCost(plan, probe, table);
  const hardness = complexity(probe.video, kind.frameRate);
  const share = EASY_SHARE_OF_CAP + (1 - EASY_SHARE_OF_CAP) * hardness;
  const encodes = plan.renditions.map((rendition) => encodeCost(plan, probe, rendition, table));
  return {
    name: `${lengthInWords(seconds)} of ${kind.name}`,
    seconds,
    probe,
    plan,
    sourceBytes: kind.bitrate / 8,
    ladderCpu: encodes.reduce((sum, cost) => sum + cost, decode),
    soundCpu: SOUND_CPU,
    chunkSoundCpu: COPIED_SOUND_CPU,
    renditions: plan.renditions.map(({ name, maxBitrate }, index) => ({
      name,
      cpu: decode + (encodes[index] ?? 0) + SOUND_CPU,
      bytes: (maxBitrate * share + (plan.audio?.bitrate ?? 0)) / 8,
    })),
  };
}

function lengthInWords(seconds: number): string {
  return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}

function probeOf({ width, height, frameRate, bitrate }: SourceKind, seconds: number): Probe {
  const rate = { num: frameRate, den: 1 };
  return {
    container: 'mov,mp4,m4a,3gp,3g2,mj2',
    durationSeconds: seconds,
    containerStartSeconds: 0,
    startSeconds: 0,
    pictureEndSeconds: null,
    brokenOff: false,
    video: {
      ordinal: 0,
      codec: 'h264',
      profile: 'High',
      level: 52,
      codedWidth: width,
      codedHeight: height,
      width,
      height,
      rotation: 0,
      sampleAspectRatio: { num: 1, den: 1 },
      frameRate: rate,
      nominalFrameRate: rate,
      variableFrameRate: false,
      interlaced: false,
      pixelFormat: 'yuv420p',
      bitDepth: 8,
      hdr: null,
      colorSpace: 'bt709',
      colorPrimaries: 'bt709',
      colorTransfer: 'bt709',
      colorRange: 'tv',
      startSeconds: 0,
      durationSeconds: seconds,
      frames: seconds * frameRate,
      bitrate,
    },
    audio: {
      ordinal: 0,
      codec: 'aac',
      profile: 'LC',
      channels: 2,
      sampleRate: 48_000,
      startSeconds: 0,
      durationSeconds: seconds,
      frames: Math.ceil((seconds * 48_000) / 1024) + 1,
      bitrate: 128_000,
    },
  };
}
