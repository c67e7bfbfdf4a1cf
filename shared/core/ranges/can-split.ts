import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { toNumber } from '../rational.ts';
import { MIN_RANGE_GOPS } from './plan-ranges.ts';

/** Containers with an index and one steady clock. */
const SEEKABLE = /^(mov|matroska)/;
/**
 * Processors from which on several processes pay. On two, one process with threads took as long for the 30 s film (20.7
 * against 20.5 s) and 440 against 680 MB.
 */
const MIN_VCPUS = 4;

/**
 * Whether a source may be encoded range by range. What it declares decides here; whether it can be cut at a given
 * frame is only found by seeking there.
 */
export function canSplit(probe: Probe, plan: Plan, vcpus: number): boolean {
  const gopFrames = plan.renditions[0]?.gopFrames;
  return (
    vcpus >= MIN_VCPUS &&
    SEEKABLE.test(probe.container) &&
    !probe.brokenOff &&
    // Weaving fields looks at the frames before: the first ones of a range would differ.
    !plan.picture.deinterlace &&
    probe.containerStartSeconds !== null &&
    gopFrames !== undefined &&
    declaredFrames(probe, plan) >= gopFrames * MIN_RANGE_GOPS * 2
  );
}

/** Frames that the renditions should get by what the source declares; 0 when it does not say. */
export function declaredFrames(probe: Probe, plan: Plan): number {
  const frameRate = plan.renditions[0]?.frameRate;
  const { video } = probe;
  const end =
    probe.pictureEndSeconds ??
    (video.durationSeconds === null
      ? probe.durationSeconds
      : video.startSeconds + video.durationSeconds - probe.startSeconds);
  return end === null || frameRate === undefined ? 0 : Math.round(end * toNumber(frameRate));
}
