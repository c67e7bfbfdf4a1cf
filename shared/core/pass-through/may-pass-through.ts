import type { RenditionPlan } from '../plan.ts';
import type { Probe, VideoStream } from '../probe.ts';
import { type Rational, toNumber } from '../rational.ts';
import { timelineOffset } from '../timeline.ts';

const PROFILES = ['High', 'Main'];
/** The level that a player of such a picture at up to 60 frames is sure to have: H.264, table A-1. */
const LEVELS = [
  { pixels: 854 * 480, level: 31 },
  { pixels: 1280 * 720, level: 32 },
  { pixels: 1920 * 1080, level: 42 },
] as const;
/** Containers that time each frame exactly, and keep the parameter sets in their header. */
const EXACT_TIMES = /^mov/;
/** Pictures without a word of their colours are taken for BT.709 from this many lines on. */
const HD_LINES = 720;
/** Times are given in microseconds. */
const SLACK_SECONDS = 0.00001;

/** Whether the source's picture is, by all that its probe tells, what a rendition would be: packets tell the rest. */
export function mayPassThrough(
  probe: Probe,
  rendition: Pick<RenditionPlan, 'width' | 'height' | 'frameRate' | 'maxBitrate'>,
): boolean {
  const { video } = probe;
  return (
    EXACT_TIMES.test(probe.container) &&
    !probe.brokenOff &&
    beginsAtZero(probe) &&
    isPlayable(video) &&
    video.codedWidth === rendition.width &&
    video.codedHeight === rendition.height &&
    video.rotation === 0 &&
    toNumber(video.sampleAspectRatio) === 1 &&
    hasRate(video, rendition.frameRate) &&
    video.bitrate !== null &&
    video.bitrate <= rendition.maxBitrate &&
    isBt709(video)
  );
}

function isPlayable(video: VideoStream): boolean {
  const pixels = video.codedWidth * video.codedHeight;
  const most = LEVELS.find((entry) => pixels <= entry.pixels)?.level ?? 0;
  return (
    video.codec === 'h264' &&
    video.profile !== null &&
    PROFILES.includes(video.profile) &&
    video.level !== null &&
    video.level > 0 &&
    video.level <= most &&
    video.pixelFormat === 'yuv420p' &&
    !video.interlaced
  );
}

function hasRate(video: VideoStream, rate: Rational): boolean {
  const isSame = (other: Rational | null) => other !== null && other.num * rate.den === rate.num * other.den;
  return !video.variableFrameRate && isSame(video.frameRate) && isSame(video.nominalFrameRate);
}

function beginsAtZero(probe: Probe): boolean {
  return (
    probe.containerStartSeconds !== null &&
    timelineOffset(probe) === 0 &&
    Math.abs(probe.video.startSeconds - probe.startSeconds) <= SLACK_SECONDS
  );
}

function isBt709(video: VideoStream): boolean {
  const { colorSpace, colorPrimaries, colorTransfer, colorRange } = video;
  const isHd = Math.min(video.codedWidth, video.codedHeight) >= HD_LINES;
  const fits = (value: string | null) => value === 'bt709' || (value === null && isHd);
  return video.hdr === null && colorRange !== 'pc' && [colorSpace, colorPrimaries, colorTransfer].every(fits);
}
