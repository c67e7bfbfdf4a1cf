import { describe, expect, it } from 'vitest';
import { decodeTime, isDecodedEvenly, leadFrames } from '../../shared/core/mp4/decode-time.ts';
import { fragmentHeader } from '../../shared/core/mp4/fragment.ts';
import { pictureOf } from '../helpers/media-index.ts';

const facts = (kind: 'picture' | 'sound', start: number, shifts: readonly number[]) => ({
  ...{ kind, start, sampleDuration: 1000 },
  shifts,
  leadFrames: leadFrames(Int16Array.from(shifts)),
});

describe('decodeTime', () => {
  it.each([
    [
      'the first frames of all, at once',
      facts('picture', 0, [0, 3, 0, -2, -1]),
      [0, 1, 2, 1000, 2000],
      false,
    ],
    ['without B-frames alike', facts('picture', 0, [0, 0, 0, 0]), [0, 1, 2, 1000], false],
    ['later frames, two ahead', facts('picture', 48_000, [0, 3, 0, -2, -1]), [46_000, 47_000, 48_000], true],
    ['as far ahead as an encoder went', facts('picture', 48_000, [0, 4, -3]), [45_000, 46_000], true],
    ['sound, when it is heard', facts('sound', 2000, [0, 0]), [2000, 3000], true],
  ])('%s', (_name, of, times, evenly) => {
    expect(times.map((_time, sample) => decodeTime(of, sample))).toEqual(times);
    expect(isDecodedEvenly(of, 0)).toBe(evenly);
  });

  it('never comes after a frame is shown', () => {
    const first = facts('picture', 0, [0, 3, 0, -2, -1, 3, 0, -2, -1]);
    for (const [sample, shift] of first.shifts.entries()) {
      expect(decodeTime(first, sample)).toBeLessThanOrEqual((sample + shift) * 1000);
    }
  });
});

it('takes no longer for later fragments of six hours', () => {
  const index = pictureOf(0, new Array<number>(10_800).fill(60));
  const bytes = index.fragments.reduce(
    (sum, _fragment, number) => sum + fragmentHeader(index, number).length,
    0,
  );
  expect(bytes).toBe(index.fragments.reduce((sum, { headerBytes }) => sum + headerBytes, 0));
});
