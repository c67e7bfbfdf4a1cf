import { describe, expect, it } from 'vitest';
import { createEventClock, inSequence } from '../../infra/bench/model/event-clock.ts';
import { createLimit } from '../../infra/bench/model/limit.ts';
import { NUMBERS } from '../../infra/bench/model/numbers.ts';
import { seededRandom, slowdown } from '../../infra/bench/model/random.ts';

describe('createEventClock', () => {
  it('runs actions by time, those of one time in the order in which they were set', () => {
    const clock = createEventClock();
    const log: string[] = [];
    const note = (name: string) => () => log.push(`${name}@${clock.now()}`);
    for (const [name, seconds] of [
      ['c', 3],
      ['a', 1],
      ['d', 3],
      ['b', 2],
      ['e', 3],
    ] as const) {
      clock.after(seconds, note(name));
    }
    clock.after(2, () => clock.after(0.5, note('later')));
    clock.run();
    expect(log).toEqual(['a@1', 'b@2', 'later@2.5', 'c@3', 'd@3', 'e@3']);
  });

  it('keeps the order of many', () => {
    const clock = createEventClock();
    const random = seededRandom(7);
    const times: number[] = [];
    for (let event = 0; event < 500; event += 1) clock.after(random(), () => times.push(clock.now()));
    clock.run();
    expect(times).toHaveLength(500);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('refuses an event in the past', () => {
    expect(() => createEventClock().after(-1, () => undefined)).toThrow(RangeError);
  });
});

describe('inSequence', () => {
  it('asks each step for its length when its turn comes', () => {
    const clock = createEventClock();
    const log: number[] = [];
    const step = (seconds: number) => () => {
      log.push(clock.now());
      return seconds;
    };
    inSequence(clock, [step(2), step(3), step(1)], () => log.push(clock.now()));
    clock.run();
    expect(log).toEqual([0, 2, 5, 6]);
  });
});

describe('createLimit', () => {
  it('lets units through in their order, at its rate', () => {
    const clock = createEventClock();
    const limit = createLimit(clock, 10, 0.5);
    const waits = [limit.take(10), limit.take(5)];
    clock.after(4, () => waits.push(limit.take(1)));
    clock.run();
    expect(waits).toEqual([1.5, 2, 0.5999999999999996]);
    expect(limit.taken()).toBe(16);
  });
});

describe('slowdown', () => {
  it('has the median 1 and the tail that the numbers say', () => {
    const random = seededRandom(1);
    const runs = Array.from({ length: 20_000 }, () =>
      slowdown(random, { ...NUMBERS, stragglerShare: 0 }),
    ).sort((a, b) => a - b);
    const at = (share: number) => runs[Math.floor(share * runs.length)] ?? Number.NaN;
    expect(at(0.5)).toBeCloseTo(1, 1);
    expect(at(0.99)).toBeCloseTo(Math.exp(2.326 * NUMBERS.slowdownSigma), 1);
  });

  it('makes stragglers as slow as they are said to be', () => {
    expect(slowdown(() => 0, { ...NUMBERS, slowdownSigma: 0, stragglerShare: 1, stragglerFactor: 3 })).toBe(
      3,
    );
  });

  it('is the same for a seed', () => {
    const [one, other] = [seededRandom(42), seededRandom(42)];
    expect([one(), one(), one()]).toEqual([other(), other(), other()]);
  });
});
