import { expect, it } from 'vitest';
import { chooseFrameRate } from '../../shared/core/choose-frame-rate.ts';
import { formatRational } from '../../shared/core/rational.ts';

const rate = (num: number, den = 1) => ({ num, den });

it.each([
  ['film', rate(24000, 1001), null, '24000/1001'],
  ['film written in decimals', rate(2397, 100), null, '24000/1001'],
  ['a phone that is slightly off', rate(810000, 13487), rate(60), '60/1'],
  ['PAL', rate(50, 2), null, '25/1'],
  ['a security camera', rate(25, 2), null, '25/2'],
  ['an odd but exact rate', rate(18), null, '18/1'],
  ['a measured rate of large numbers', rate(22_000_001, 1_200_000), null, '18333/1000'],
  ['a slide show, repeated evenly', rate(1), null, '10/1'],
  ['a slow animation, repeated evenly', rate(15, 2), null, '15/1'],
  ['120', rate(120), null, '60/1'],
  ['119.88', rate(120000, 1001), null, '60000/1001'],
  ['100', rate(100), null, '50/1'],
  ['144', rate(144), null, '48/1'],
  ['75, which does not divide well', rate(75), null, '60/1'],
  ['240', rate(240), null, '60/1'],
  ['nothing known', null, rate(25), '25/1'],
  ['variable below its nominal rate', rate(140000, 5087), rate(30), '30/1'],
  ['variable with an absurd nominal rate', rate(3628800, 502589), null, '30/1'],
  ['variable, fast, with an absurd nominal rate', rate(41), rate(1000), '60/1'],
  ['variable and slower than its grid', rate(1, 2), rate(1), '30/1'],
])('%s', (_name, frameRate, nominalFrameRate, expected) => {
  const variableFrameRate = _name.startsWith('variable');
  expect(formatRational(chooseFrameRate({ frameRate, nominalFrameRate, variableFrameRate }, 60))).toBe(
    expected,
  );
});
