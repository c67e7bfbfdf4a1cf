import type { Numbers } from './numbers.ts';

/** Numbers from 0 up to 1, always the same for a seed: mulberry32, by Tommy Ettinger, in the public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How many times longer than usual one run takes: log-normal, its median 1, with some that are far slower. */
export function slowdown(
  random: () => number,
  { slowdownSigma, stragglerShare, stragglerFactor }: Numbers,
): number {
  // Box-Muller; 1 less the number, so that there is no logarithm of 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(slowdownSigma * normal) * (random() < stragglerShare ? stragglerFactor : 1);
}
