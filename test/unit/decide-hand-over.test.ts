import { describe, expect, it } from 'vitest';
import { decideHandOver, lastMoment } from '../../shared/core/route/decide-hand-over.ts';
import { hostTime, type Pace, paceAfter, projectEnd } from '../../shared/core/route/project-end.ts';
import { NOW } from '../fixtures/jobs.ts';

interface Run {
  /** Seconds that the host gives. */
  readonly limit: number;
  /** Fraction done after so many seconds; undefined where the encoder has said nothing yet. */
  readonly done: (seconds: number) => number | undefined;
  /** Seconds until the work is verified; default when its fraction is 1. */
  readonly verified?: number;
}

const steady = (neededSeconds: number) => (seconds: number) => Math.min(1, seconds / neededSeconds);

/** Reports come every half second and are the only looks, with one beside them at each last moment. */
function follow({ limit, done, verified }: Run) {
  const time = hostTime(NOW, NOW + limit * 1000, 30_000);
  let pace: Pace | null = null;
  let lateSince: number | null = null;
  for (let ms = 0; ; ms += 100) {
    const now = NOW + ms;
    const fraction = ms % 500 === 0 ? done(ms / 1000) : undefined;
    const isDone = verified === undefined ? (done(ms / 1000) ?? 0) >= 1 : ms / 1000 >= verified;
    if (isDone) return { end: 'done', at: ms / 1000 };
    if (fraction !== undefined && fraction > (pace?.fraction ?? 0)) {
      pace = paceAfter(pace, Math.min(0.99, fraction), time, now);
    }
    const decision = decideHandOver(pace, time, lateSince, now);
    if (decision.kind !== 'goOn') return { end: decision.kind, at: ms / 1000 };
    lateSince = decision.lateSince;
  }
}

describe('a worker', () => {
  it.each<[string, Run, string, number, number]>([
    ['ends long before the limit', { limit: 900, done: steady(500) }, 'done', 500, 500],
    ['ends right before the reserve begins', { limit: 900, done: steady(865) }, 'done', 865, 865],
    ['needs twice the time', { limit: 900, done: steady(1800) }, 'late', 18, 19],
    ['needs far more than that', { limit: 900, done: steady(400_000) }, 'late', 135, 136],
    ['needs a tenth too much', { limit: 900, done: steady(960) }, 'late', 50, 60],
    [
      'starts slowly',
      { limit: 900, done: (at) => (at < 20 ? at / 1200 : 1 / 60 + (at - 20) / 700) },
      'done',
      708,
      709,
    ],
    [
      'comes to a part that is harder',
      { limit: 900, done: (at) => (at < 300 ? at / 600 : 0.5 + (at - 300) / 1500) },
      'late',
      300,
      510,
    ],
    ['stands still', { limit: 900, done: (at) => Math.min(0.5, at / 600) }, 'late', 301, 450],
    ['never says how far it is', { limit: 900, done: () => undefined }, 'lastMoment', 870, 870],
    [
      'starts with a long search',
      { limit: 900, done: (at) => (at < 100 ? undefined : (at - 99) / 500) },
      'done',
      599,
      599,
    ],
    [
      'is verified when the reserve begins',
      { limit: 900, done: steady(868), verified: 875 },
      'done',
      875,
      875,
    ],
    ['is verified for too long', { limit: 900, done: steady(868), verified: 890 }, 'lastMoment', 880, 880],
    ['has eight seconds and needs four', { limit: 8, done: steady(4) }, 'done', 4, 4],
    ['has eight seconds and needs six', { limit: 8, done: steady(6) }, 'done', 6, 6],
    ['has eight seconds and needs twenty', { limit: 8, done: steady(20) }, 'late', 1, 2],
    ['has eight seconds and needs eight', { limit: 8, done: steady(8) }, 'late', 1, 3],
    [
      'has eight seconds, of which filling its buffers takes one',
      { limit: 8, done: (at) => (at <= 1 ? undefined : (at - 1) / 5) },
      'done',
      6,
      6,
    ],
    ['has eight seconds and says nothing', { limit: 8, done: () => undefined }, 'lastMoment', 6.4, 6.4],
  ])('that %s', (_, run, end, from, to) => {
    const result = follow(run);
    expect(result.end).toBe(end);
    expect(result.at).toBeGreaterThanOrEqual(from);
    expect(result.at).toBeLessThanOrEqual(to);
  });
});

describe('projectEnd', () => {
  const time = hostTime(NOW, NOW + 900_000, 30_000);
  /** From the first report at NOW + 2 s on, two a second. */
  const paceOf = (perSecond: number, seconds: number): Pace | null => {
    let pace: Pace | null = null;
    for (let half = 0; half <= seconds * 2; half += 1) {
      pace = paceAfter(pace, (perSecond * half) / 2, time, NOW + 2000 + half * 500);
    }
    return pace;
  };

  it.each([
    ['without a report', null, 60, null],
    ['in the first five seconds', paceOf(0.01, 4.5), 6.5, null],
    ['after them', paceOf(0.01, 5), 7, 102],
    ['below a hundredth of the work', paceOf(0.001, 9), 11, null],
    ['below that, but for long', paceOf(0.00001, 135), 137, 100_002],
    ['later', paceOf(0.001, 400), 402, 1002],
    // Of the three seconds one may lie between two reports; the others count as time without progress.
    ['in a short silence', paceOf(0.01, 5), 10, 10 + 0.95 / (0.05 / 7)],
    ['with no progress at all', paceOf(0, 200), 202, null],
  ])('%s', (_, pace, atSeconds, endSeconds) => {
    const end = projectEnd(pace, time, NOW + atSeconds * 1000);
    if (endSeconds === null) expect(end).toBeNull();
    // Within a twentieth: what is older counts for less, so that a silence weighs a little more than its length.
    else expect(((end ?? 0) - NOW) / 1000 / endSeconds).toBeCloseTo(1, 1);
  });
});

describe('hostTime', () => {
  it.each([
    [900, 30_000],
    [150, 30_000],
    [100, 20_000],
    [8, 1600],
    [0, 0],
    [-5, 0],
  ])('of %i seconds has a reserve of %i ms', (limit, reserveMs) => {
    expect(hostTime(NOW, NOW + limit * 1000, 30_000)).toEqual({
      startedAt: NOW,
      deadline: NOW + limit * 1000,
      reserveMs,
    });
  });
});

describe('lastMoment', () => {
  it('leaves what is nearly done a part of the reserve', () => {
    const time = hostTime(NOW, NOW + 900_000, 30_000);
    const at = (fraction: number): Pace => ({ since: NOW, at: NOW, fraction, done: 0, tookMs: 0 });
    expect([null, at(0.5), at(0.99)].map((pace) => (lastMoment(pace, time) - NOW) / 1000)).toEqual([
      870, 870, 880,
    ]);
  });
});
