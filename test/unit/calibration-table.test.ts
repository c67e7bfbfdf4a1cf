import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../shared/core/ladder.ts';
import { CALIBRATION } from '../../shared/core/route/calibration-table.ts';

describe('the calibration table', () => {
  it('lists the encoder sizes from small to large, each easier to fill with little than with much', () => {
    const sizes = CALIBRATION.encode.map(({ megapixels }) => megapixels);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(CALIBRATION.encode.filter(({ easy, hard }) => easy <= 0 || easy >= hard)).toEqual([]);
  });

  it('has a cost for every preset, growing from veryfast on', () => {
    const costs = PRESETS.slice(PRESETS.indexOf('veryfast')).map((preset) => CALIBRATION.presets[preset]);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(CALIBRATION.presets.veryfast).toBe(1);
  });

  it.each(Object.entries(CALIBRATION.decode))('takes time to decode %s', (_codec, cost) => {
    expect(cost.perMegapixel).toBeGreaterThan(0);
    expect(cost.perMegabit).toBeGreaterThan(0);
  });
});
