import { chooseFrameRate } from './choose-frame-rate.ts';
import type { Profile, Rung } from './ladder.ts';
import { mayPassThrough } from './pass-through/may-pass-through.ts';
import type { AudioPlan, PicturePlan, Plan, RenditionPlan, ThumbnailsPlan } from './plan.ts';
import type { Probe, VideoStream } from './probe.ts';
import { type Rational, toNumber } from './rational.ts';

/** Pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

const POSTER_LONG_SIDE = 1280;
const TILE = { longSide: 160, shortSide: 90 } as const;
const SHEET = { columns: 10, rows: 10 } as const;
const MAX_TILES = 200;
/** Of a source that does not say how long it is; a multiple of this many GOPs. */
const GOPS_PER_TILE_UNKNOWN = 5;
/** Above this rate the profile's high-frame-rate factor applies; 30 and 30000/1001 do not. */
const HIGH_FRAME_RATE = 30;

/**
 * What is made of a source under a profile, and what is not and why. Never upscales: a rung whose short side
 * exceeds the source's is skipped; a source below every rung gets the lowest one at its own size.
 */
export function planJob(probe: Probe, profile: Profile, profileHash: string): Plan {
  const { video } = probe;
  const frameRate = chooseFrameRate(video, profile.maxFrameRate);
  const gopFrames = Math.max(1, Math.round(profile.gopSeconds * toNumber(frameRate)));
  const factor = toNumber(frameRate) > HIGH_FRAME_RATE ? profile.highFrameRateFactor : 1;
  const rungs = [...profile.rungs].sort((a, b) => a.shortSide - b.shortSide);
  const shortSide = Math.min(video.width, video.height);
  const fitting = rungs.filter((rung) => rung.shortSide <= shortSide);
  const made = fitting.length > 0 ? fitting : rungs.slice(0, 1);
  const rendition = (rung: Rung): RenditionPlan => {
    const maxBitrate = Math.round(rung.maxBitrate * factor);
    const picture = { ...fitShortSide(video, rung.shortSide), frameRate, maxBitrate };
    return {
      ...picture,
      name: rung.name,
      gopFrames,
      preset: profile.preset,
      crf: profile.crf,
      passThrough: profile.passThrough && mayPassThrough(probe, picture),
    };
  };
  return {
    profileHash,
    durationSeconds: probe.durationSeconds,
    picture: planPicture(video),
    audio: planAudio(probe, profile),
    renditions: made.map(rendition),
    gopsPerSegment: profile.gopsPerSegment,
    skipped: rungs
      .filter((rung) => !made.includes(rung))
      .map((rung) => ({
        name: rung.name,
        reason: `The source is ${video.width}x${video.height}; ${rung.name} needs a short side of at least ${rung.shortSide} pixels, and videos are never enlarged.`,
      })),
    thumbnails: planThumbnails(probe, frameRate, gopFrames),
    chunks: null,
  };
}

function planPicture(video: VideoStream): PicturePlan {
  return {
    videoOrdinal: video.ordinal,
    deinterlace: video.interlaced,
    tonemap: video.hdr,
    colorSpace: assumedColorSpace(video),
    colorRange:
      video.colorRange ?? (/^(yuvj|rgb|bgr|gbr|argb|abgr|pal8)/.test(video.pixelFormat) ? 'pc' : 'tv'),
  };
}

/** Where a file does not say, players take BT.709 for high definition and BT.601 below. */
function assumedColorSpace(video: VideoStream): string {
  if (video.hdr) return 'bt2020nc';
  if (/^(rgb|bgr|gbr|argb|abgr|pal8)/.test(video.pixelFormat)) return 'gbr';
  if (video.colorSpace !== null && video.colorSpace !== 'gbr') return video.colorSpace;
  return Math.min(video.codedWidth, video.codedHeight) >= 720 ? 'bt709' : 'smpte170m';
}

function planAudio(probe: Probe, profile: Profile): AudioPlan | null {
  if (!probe.audio) return null;
  return {
    audioOrdinal: probe.audio.ordinal,
    bitrate: profile.audioBitrate,
    sampleRate: profile.audioSampleRate,
  };
}

function planThumbnails(probe: Probe, frameRate: Rational, gopFrames: number): ThumbnailsPlan {
  const { video, durationSeconds } = probe;
  const gopSeconds = gopFrames / toNumber(frameRate);
  const gopsPerTile =
    durationSeconds === null
      ? GOPS_PER_TILE_UNKNOWN
      : Math.max(1, Math.ceil(durationSeconds / (MAX_TILES * gopSeconds)));
  const tile = fitBox(
    video,
    video.width >= video.height
      ? { width: TILE.longSide, height: TILE.shortSide }
      : { width: TILE.shortSide, height: TILE.longSide },
  );
  return {
    poster: fitBox(video, { width: POSTER_LONG_SIDE, height: POSTER_LONG_SIDE }),
    storyboard: {
      intervalSeconds: gopsPerTile * gopSeconds,
      tileWidth: tile.width,
      tileHeight: tile.height,
      columns: SHEET.columns,
      rows: SHEET.rows,
    },
  };
}

function fitShortSide(source: Size, shortSide: number): Size {
  return scaled(source, Math.min(1, shortSide / Math.min(source.width, source.height)));
}

function fitBox(source: Size, box: Size): Size {
  return scaled(source, Math.min(1, box.width / source.width, box.height / source.height));
}

function scaled(source: Size, factor: number): Size {
  return {
    width: even(source.width * factor, source.width),
    height: even(source.height * factor, source.height),
  };
}

/** Nearest even number that is not above the source's own size; at least 2. */
function even(value: number, limit: number): number {
  const nearest = 2 * Math.round(value / 2);
  return Math.max(2, nearest > limit ? nearest - 2 : nearest);
}
