import { expect, test } from 'vitest';
import { createFreshCache } from '../../shared/edge/http/fresh-cache.ts';

/** A cache that counts its reads of `a`; each takes `tookMs`. */
function cacheOf(tookMs = 0) {
  const clock = { now: 1000 };
  const read = { count: 0 };
  const load = async (id: string) => {
    read.count += 1;
    const { count } = read;
    clock.now += tookMs;
    return id === 'a' ? count : undefined;
  };
  return { cache: createFreshCache(load, () => clock.now, 250), clock, read };
}

test('reads once per while, and again for those who have seen something newer', async () => {
  const { cache, clock } = cacheOf();
  expect([await cache.get('a'), await cache.get('a')]).toEqual([1, 1]);
  clock.now += 249;
  expect([cache.fresh('a'), cache.readAt('a')]).toEqual([1, 1000]);
  expect(await cache.get('a', 1000)).toBe(1);
  expect(await cache.get('a', 1001)).toBe(2);
  clock.now += 250;
  expect(cache.fresh('a')).toBeUndefined();
  expect(await cache.get('a')).toBe(3);
});

test('one read serves all who ask while it is under way', async () => {
  const { cache, read } = cacheOf();
  expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a', 1000)])).toEqual([1, 1, 1]);
  expect(read.count).toBe(1);
});

test.each([
  [10, 250],
  [60, 250],
  [150, 450],
  [5000, 7000],
])('what took %d ms to read is fresh for %d ms from the beginning of that', async (tookMs, freshMs) => {
  const { cache, clock } = cacheOf(tookMs);
  await cache.get('a');
  clock.now = 1000 + freshMs - 1;
  expect(cache.fresh('a')).toBe(1);
  clock.now += 1;
  expect(cache.fresh('a')).toBeUndefined();
});

test('what is not there is looked for every time', async () => {
  const { cache, read } = cacheOf();
  expect([await cache.get('b'), await cache.get('b')]).toEqual([undefined, undefined]);
  expect([read.count, cache.readAt('b')]).toEqual([2, undefined]);
});

test('a read that ends late does not take the place of a newer one', async () => {
  const clock = { now: 1000 };
  const ends: ((value: string) => void)[] = [];
  const cache = createFreshCache(
    () => new Promise<string>((resolve) => ends.push(resolve)),
    () => clock.now,
    250,
  );
  const older = cache.get('a');
  clock.now += 1;
  const newer = cache.get('a', 1001);
  ends[1]?.('newer');
  expect(await newer).toBe('newer');
  ends[0]?.('older');
  expect(await older).toBe('older');
  expect([cache.fresh('a'), cache.readAt('a')]).toEqual(['newer', 1001]);
});
