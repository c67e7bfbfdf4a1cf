import type { Calibration } from './calibration.ts';

/** Written by `npm run bench -- --calibrate` on one vCPU's worth of an x86_64 machine, with the packaged ffmpeg. */
export const CALIBRATION: Calibration = {
  referenceSeconds: 1.58,
  startSeconds: 0.01,
  perSoundSecond: 0.007,
  decode: {
    h264: {
      perMegapixel: 0.00197,
      perMegabit: 0.0106,
    },
    hevc: {
      perMegapixel: 0.0018,
      perMegabit: 0.0189,
    },
    vp9: {
      perMegapixel: 0.00134,
      perMegabit: 0.0147,
    },
    av1: {
      perMegapixel: 0.00491,
      perMegabit: 0.0709,
    },
    mpeg2video: {
      perMegapixel: 0.000355,
      perMegabit: 0.00136,
    },
    mpeg4: {
      perMegapixel: 0.000817,
      perMegabit: 0.00186,
    },
    mjpeg: {
      perMegapixel: 0.00145,
      perMegabit: 0.00118,
    },
    prores: {
      perMegapixel: 0.00144,
      perMegabit: 0.00184,
    },
  },
  highBitDepth: 1.3,
  scale: 0.00113,
  deinterlace: 0.00145,
  toneMap: 0.0222,
  encode: [
    {
      megapixels: 0.41,
      easy: 0.0061,
      hard: 0.0159,
    },
    {
      megapixels: 0.922,
      easy: 0.00597,
      hard: 0.0177,
    },
    {
      megapixels: 2.07,
      easy: 0.00555,
      hard: 0.0182,
    },
  ],
  presets: {
    ultrafast: 0.977,
    superfast: 0.671,
    veryfast: 1,
    faster: 1.76,
    fast: 2.32,
    medium: 3.13,
    slow: 4.73,
    slower: 7.97,
    veryslow: 12.5,
  },
};
