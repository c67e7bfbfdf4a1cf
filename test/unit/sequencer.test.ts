import { expect, it } from 'vitest';
import { sequencerRank } from '../../shared/core/sequencer.ts';

it.each([
  ['0055AED6DCD90281E5', '0055AED6DCD90281E6', -1],
  ['00A', '00A1', -1],
  ['00A', '00A0', 0],
  ['00a', '00A000', 0],
  ['0A', '00FF', 1],
  ['00', '0', 0],
  ['0', '000001', -1],
] as const)('orders %s and %s as if padded with zeros on the right', (a, b, order) => {
  const [left, right] = [sequencerRank(a), sequencerRank(b)];
  expect(left === right ? 0 : left < right ? -1 : 1).toBe(order);
});
