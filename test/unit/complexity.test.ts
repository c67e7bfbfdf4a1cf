import { describe, expect, it } from 'vitest';
import { bitsPerPixel, complexity } from '../../shared/core/route/complexity.ts';
import { PROBE } from '../fixtures/jobs.ts';

/** 1080p24: so many bits a second are one bit a pixel. */
const PIXELS = 1920 * 1080 * 24;
const { video } = PROBE;

describe('complexity', () => {
  it.each([
    ['a picture that stands still', { bitrate: PIXELS * 0.01 }, 0],
    ['half way, by the logarithm', { bitrate: PIXELS * Math.sqrt(0.018 * 0.25) }, 0.5],
    ['grain', { bitrate: PIXELS * 3 }, 1],
    [
      'a codec that needs fewer bits',
      { codec: 'hevc', bitrate: (PIXELS * Math.sqrt(0.018 * 0.25)) / 2.5 },
      0.5,
    ],
    ['a codec that needs more', { codec: 'mjpeg', bitrate: (PIXELS * Math.sqrt(0.018 * 0.25)) / 0.16 }, 0.5],
    ['a codec that nobody looked at', { codec: 'h261', bitrate: PIXELS * Math.sqrt(0.018 * 0.25) * 2 }, 0.5],
    ['no bitrate: rather hard', { bitrate: null }, 0.8],
  ])('%s', (_name, fields, expected) => {
    expect(complexity({ ...video, ...fields }, 24)).toBeCloseTo(expected, 6);
  });

  it('takes the same bits a pixel for more in a larger frame', () => {
    const large = { ...video, codedWidth: 3840, codedHeight: 2160, bitrate: PIXELS * 4 * 0.05 };
    expect(complexity(large, 24)).toBeGreaterThan(complexity({ ...video, bitrate: PIXELS * 0.05 }, 24));
  });
});

describe('bitsPerPixel', () => {
  it('divides by the pixels of a second', () => {
    expect(bitsPerPixel({ ...video, bitrate: PIXELS }, 24)).toBeCloseTo(1, 9);
    expect(bitsPerPixel({ ...video, bitrate: null }, 24)).toBeNull();
  });
});
