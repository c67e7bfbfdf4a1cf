import type { Calibration } from './calibration.ts';

/** Written by `npm run bench -- --calibrate` on one vCPU's worth of an x86_64 machine, with the packaged ffmpeg. */
export const CALIBRATION: Calibration = {
  referenceSeconds: 1.6,
  startSeconds: 0,
  perSoundSecond: 0.007,
  decode: {
    h264: {
      perMegapixel: 0.00178,
      perMegabit: 0.0118,
    },
    hevc: {
      perMegapixel: 0.0018,
      perMegabit: 0.0187,
    },
    vp9: {
      perMegapixel: 0.00127,
      perMegabit: 0.0136,
    },
    av1: {
      perMegapixel: 0.00379,
      perMegabit: 0.0601,
    },
    mpeg2video: {
      perMegapixel: 0.000316,
      perMegabit: 0.0012,
    },
    mpeg4: {
      perMegapixel: 0.000673,
      perMegabit: 0.00173,
    },
    mjpeg: {
      perMegapixel: 0.0011,
      perMegabit: 0.00118,
    },
    prores: {
      perMegapixel: 0.00135,
      perMegabit: 0.00178,
    },
  },
  highBitDepth: 1.32,
  scale: 0.000764,
  deinterlace: 0.00117,
  toneMap: 0.0218,
  encode: [
    {
      megapixels: 0.41,
      easy: 0.0061,
      hard: 0.0155,
    },
    {
      megapixels: 0.922,
      easy: 0.00669,
      hard: 0.0186,
    },
    {
      megapixels: 2.07,
      easy: 0.00571,
      hard: 0.0182,
    },
  ],
  presets: {
    ultrafast: 1.21,
    superfast: 0.732,
    veryfast: 1,
    faster: 1.75,
    fast: 2.34,
    medium: 3.19,
    slow: 5.01,
    slower: 7.66,
    veryslow: 12.4,
  },
};
