import type { Calibration } from './calibration.ts';

/** Written by `npm run bench -- --calibrate`, on two x86_64 cores with the packaged ffmpeg. */
export const CALIBRATION: Calibration = {
  referenceSeconds: 1.3,
  startSeconds: 0.05,
  perSoundSecond: 0.012,
  decode: {
    h264: { perMegapixel: 0.0016, perMegabit: 0.011 },
    hevc: { perMegapixel: 0.002, perMegabit: 0.02 },
    vp9: { perMegapixel: 0.002, perMegabit: 0.02 },
    av1: { perMegapixel: 0.006, perMegabit: 0.1 },
    mpeg2video: { perMegapixel: 0.001, perMegabit: 0.002 },
    mpeg4: { perMegapixel: 0.0012, perMegabit: 0.005 },
    mjpeg: { perMegapixel: 0.001, perMegabit: 0.0022 },
    prores: { perMegapixel: 0.001, perMegabit: 0.0025 },
  },
  highBitDepth: 1.3,
  scale: 0.00075,
  deinterlace: 0.00125,
  toneMap: 0.024,
  encode: [
    { megapixels: 0.41, easy: 0.0082, hard: 0.0218 },
    { megapixels: 0.922, easy: 0.007, hard: 0.0187 },
    { megapixels: 2.074, easy: 0.006, hard: 0.016 },
  ],
  presets: {
    ultrafast: 0.5,
    superfast: 0.75,
    veryfast: 1,
    faster: 1.6,
    fast: 2,
    medium: 2.5,
    slow: 4,
    slower: 8,
    veryslow: 14,
  },
};
