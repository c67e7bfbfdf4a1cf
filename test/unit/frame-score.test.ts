import { describe, expect, it } from 'vitest';
import { isBetterFrame, scoreFrame } from '../../shared/core/frame-score.ts';

const PIXELS = 160 * 90;

function frame(luma: (pixel: number) => number): Uint8Array {
  return Uint8Array.from({ length: PIXELS * 3 }, (_, index) => luma(Math.floor(index / 3)));
}

const ramp = frame((pixel) => Math.floor((pixel * 256) / PIXELS));

describe('scoreFrame', () => {
  it.each([
    ['black', frame(() => 0), { mean: 0, deviation: 0, entropy: 0, usable: false }],
    ['black with grain', frame((pixel) => (pixel * 7919) % 12), { usable: false }],
    ['white', frame(() => 255), { usable: false }],
    ['one grey', frame(() => 128), { mean: 128, deviation: 0, entropy: 0, usable: false }],
    ['a thin title on black', frame((pixel) => (pixel % 160 < 8 ? 255 : 0)), { usable: false }],
    ['every tone', ramp, { usable: true }],
    ['two tones', frame((pixel) => (pixel % 2 === 0 ? 60 : 180)), { entropy: 1, usable: true }],
  ])('of %s', (_name, rgb, expected) => {
    const score = scoreFrame(rgb);
    for (const [field, value] of Object.entries(expected)) {
      if (typeof value === 'boolean') expect(score.usable).toBe(value);
      else expect(score[field as 'mean']).toBeCloseTo(value, 6);
    }
  });

  it('weighs colours as the eye does', () => {
    const green = Uint8Array.from({ length: 300 }, (_, index) => (index % 3 === 1 ? 255 : 0));
    expect(scoreFrame(green).mean).toBeCloseTo(0.7152 * 255, 6);
  });

  it('looks at large pictures and small ones alike', () => {
    const large = Uint8Array.from({ length: 1280 * 720 * 3 }, (_, index) =>
      Math.floor((Math.floor(index / 3) * 256) / (1280 * 720)),
    );
    expect(scoreFrame(large).mean).toBeCloseTo(scoreFrame(ramp).mean, 0);
    expect(scoreFrame(large).entropy).toBeCloseTo(scoreFrame(ramp).entropy, 1);
  });
});

describe('isBetterFrame', () => {
  it('prefers usable, then detail, then exposure', () => {
    const detailed = scoreFrame(ramp);
    const plain = scoreFrame(frame((pixel) => (pixel % 2 === 0 ? 60 : 180)));
    const dim = scoreFrame(frame((pixel) => Math.floor((pixel * 60) / PIXELS)));
    const black = scoreFrame(frame(() => 0));
    const sorted = [black, plain, detailed].sort((a, b) => (isBetterFrame(a, b) ? -1 : 1));
    expect(sorted).toEqual([detailed, plain, black]);
    expect(isBetterFrame(detailed, dim)).toBe(true);
    expect(isBetterFrame(dim, black)).toBe(true);
  });
});
