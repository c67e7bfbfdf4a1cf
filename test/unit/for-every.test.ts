import { expect, it } from 'vitest';
import { forEvery } from '../../shared/edge/for-every.ts';

it('handles everything in turn, and tells of what failed at the end', async () => {
  const seen: number[] = [];
  const odd = new Error('odd');
  const handle = async (item: number): Promise<void> => {
    seen.push(item);
    if (item % 2 === 1) throw odd;
  };
  await expect(forEvery([1, 2, 3, 4], handle)).rejects.toMatchObject({
    errors: [odd, odd],
    message: '2 of 4 failed.',
  });
  expect(seen).toEqual([1, 2, 3, 4]);
  await expect(forEvery([2, 4], handle)).resolves.toBeUndefined();
});
