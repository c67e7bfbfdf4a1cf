import { expect, it } from 'vitest';
import { blankPicture, pastePicture, pictureBytes } from '../../shared/core/picture.ts';

it('pastes tiles side by side and refuses what does not fit', () => {
  const sheet = blankPicture({ width: 4, height: 2 });
  const tile = (value: number) => ({ width: 2, height: 1, rgb: new Uint8Array(6).fill(value) });
  pastePicture(sheet, tile(1), 0, 0);
  pastePicture(sheet, tile(2), 2, 1);
  expect(pictureBytes(sheet)).toBe(24);
  expect([...sheet.rgb]).toEqual([
    ...[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2],
  ]);
  expect(() => pastePicture(sheet, tile(3), 3, 0)).toThrow(RangeError);
  expect(() => pastePicture(sheet, tile(3), 0, 2)).toThrow(RangeError);
});
