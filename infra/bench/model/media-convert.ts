import type { RenditionPlan } from '../../../shared/core/plan.ts';
import { toNumber } from '../../../shared/core/rational.ts';

/**
 * USD for a minute of output: AWS Elemental MediaConvert, Basic tier, AVC, single pass, on demand, first volume step,
 * us-east-1; "AWS Elemental MediaConvert Pricing". SD ends below 720 lines, HD at 1,080; from 30 to 60 frames twice.
 */
const BASIC = { sd: 0.0075, hd: 0.015, uhd: 0.03, above30Frames: 2 } as const;
const HD_LINES = 720;
const UHD_LINES = 1080;
const SLOW_FRAMES = 30;

/** What MediaConvert would take for the same renditions. */
export function mediaConvertUsd(renditions: readonly RenditionPlan[], seconds: number): number {
  return renditions.reduce((sum, { width, height, frameRate }) => {
    const lines = Math.min(width, height);
    const size = lines < HD_LINES ? BASIC.sd : lines <= UHD_LINES ? BASIC.hd : BASIC.uhd;
    return sum + size * (toNumber(frameRate) > SLOW_FRAMES ? BASIC.above30Frames : 1) * (seconds / 60);
  }, 0);
}
