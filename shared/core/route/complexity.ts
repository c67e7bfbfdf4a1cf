import type { VideoStream } from '../probe.ts';
import { toNumber } from '../rational.ts';

/**
 * Bits of H.264 that show what one bit of the codec shows. Like the knees below fitted once on 26 clips (film, phones,
 * screens, grain, test patterns; eight codecs): most of their ladders came out within a quarter of what was measured.
 */
const WORTH: Readonly<Record<string, number>> = {
  hevc: 2.5,
  vp9: 1.3,
  av1: 1.5,
  mpeg4: 0.65,
  mpeg2video: 0.4,
  mjpeg: 0.16,
  prores: 0.08,
};
const WORTH_OTHER = 0.5;
/** H.264 bits per pixel of 1080p at which content is as easy, as hard as it gets for the encoder. */
const EASY_BITS = 0.018;
const HARD_BITS = 0.25;
/** The same content takes fewer bits per pixel in larger frames. */
const SIZE_EXPONENT = 0.15;
const FULL_HD_MEGAPIXELS = 2.0736;
/** Of a file whose bitrate is unknown: rather too hard than too easy. */
const UNKNOWN = 0.8;

/** How hard a picture is to encode, from 0 (stands still) to 1 (grain), by how many bits its source spends on it. */
export function complexity(video: VideoStream, frameRate: number): number {
  const bits = bitsPerPixel(video, frameRate);
  if (bits === null) return UNKNOWN;
  const size = megapixels(video) / FULL_HD_MEGAPIXELS;
  const worth = video.codec === 'h264' ? 1 : (WORTH[video.codec] ?? WORTH_OTHER);
  const share =
    Math.log((bits * worth * size ** SIZE_EXPONENT) / EASY_BITS) / Math.log(HARD_BITS / EASY_BITS);
  return Math.min(1, Math.max(0, share));
}

/** Compressed bits per coded pixel; null when the bitrate is unknown. */
export function bitsPerPixel(video: VideoStream, frameRate: number): number | null {
  return video.bitrate === null ? null : video.bitrate / (megapixels(video) * 1e6 * frameRate);
}

/** Of a coded frame. */
export function megapixels(video: Pick<VideoStream, 'codedWidth' | 'codedHeight'>): number {
  return (video.codedWidth * video.codedHeight) / 1e6;
}

/** Frames per second that are decoded; `otherwise` where the source does not say. */
export function sourceFrameRate(video: VideoStream, otherwise: number): number {
  return video.frameRate ? toNumber(video.frameRate) : otherwise;
}
