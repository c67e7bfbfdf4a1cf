import { describe, expect, it } from 'vitest';
import { overLimit } from '../../shared/core/route/over-limit.ts';
import { predict } from '../../shared/core/route/predict.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const LIMITS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 2048 };

describe('predict', () => {
  it('tells seconds, memory and scratch of every task', () => {
    expect(predict(PLAN, PROBE, LIMITS)).toEqual([
      { task: '480p', seconds: 6, memoryMb: 214, scratchMb: 3 },
      { task: '720p', seconds: 8, memoryMb: 260, scratchMb: 5 },
      { task: 'thumbnails', seconds: 3, memoryMb: 217, scratchMb: 64 },
    ]);
  });

  it('grows with the length, shrinks with the memory, and knows slow presets', () => {
    const hour = { ...PLAN, durationSeconds: 3600 };
    const seconds = (plan: typeof PLAN, memoryMb: number) =>
      predict(plan, PROBE, { ...LIMITS, memoryMb })[1]?.seconds;
    const medium = { ...hour, renditions: hour.renditions.map((r) => ({ ...r, preset: 'medium' as const })) };
    expect([seconds(hour, 1769), seconds(hour, 3538), seconds(hour, 100_000), seconds(medium, 1769)]).toEqual(
      [3051, 1795, 600, 6395],
    );
  });

  it('knows what tone mapping and AV1 take', () => {
    const memory = (plan: typeof PLAN, codec: string) =>
      predict(plan, { ...PROBE, video: { ...PROBE.video, codec } }, LIMITS)[1]?.memoryMb;
    const mapped = { ...PLAN, picture: { ...PLAN.picture, tonemap: 'pq' as const } };
    expect([memory(PLAN, 'hevc'), memory(mapped, 'hevc'), memory(PLAN, 'av1')]).toEqual([260, 283, 385]);
  });

  it('says nothing of the time of a source that does not say how long it is', () => {
    expect(predict({ ...PLAN, durationSeconds: null }, PROBE, LIMITS)[0]).toEqual({
      task: '480p',
      seconds: null,
      memoryMb: 214,
      scratchMb: null,
    });
  });
});

describe('overLimit', () => {
  const task = { task: '720p', seconds: 100, memoryMb: 300, scratchMb: 10 };
  const undeclared = { ...task, seconds: null, scratchMb: null };
  /** Of a service that has another place for what does not fit with room to spare. */
  const careful = { share: 0.6, undeclaredBytes: 1_000_000_000 };

  it.each([
    ['everything fits', task, 1, null],
    ['exactly all of the time', { ...task, seconds: 900 }, 1, null],
    ['too slow', { ...task, seconds: 901 }, 1, 'limit.timeout'],
    ['too much memory', { ...task, memoryMb: 3009 }, 1, 'limit.memory'],
    ['too much scratch', { ...task, scratchMb: 2049 }, 1, 'limit.disk'],
    ['large and of unknown length', undeclared, 50_000_000_000, null],
  ])('%s', (_name, prediction, bytes, code) => {
    expect(overLimit([prediction], LIMITS, bytes)?.code ?? null).toBe(code);
  });

  it.each([
    ['exactly the share', { ...task, seconds: 540 }, 1, null],
    ['too slow', { ...task, seconds: 541 }, 1, 'limit.timeout'],
    ['too much memory', { ...task, memoryMb: 1805 }, 1, 'limit.memory'],
    ['too much scratch', { ...task, scratchMb: 1229 }, 1, 'limit.disk'],
    ['small and of unknown length', undeclared, 1_000_000_000, null],
    ['large and of unknown length', undeclared, 1_000_000_001, 'limit.timeout'],
  ])('with a margin: %s', (_name, prediction, bytes, code) => {
    expect(overLimit([prediction], LIMITS, bytes, careful)?.code ?? null).toBe(code);
  });

  it.each([
    [{ ...task, seconds: 1200 }, '720p is predicted to take 1200 seconds; a function has 900.'],
    [{ ...task, memoryMb: 4000 }, '720p is predicted to take 4000 MB of memory; a function has 3008.'],
    [
      { ...task, scratchMb: 3000 },
      '720p is predicted to take 3000 MB of scratch space; a function has 2048.',
    ],
  ])('says what was predicted and what there is', (prediction, detail) => {
    expect(overLimit([prediction], LIMITS, 1)?.detail).toBe(detail);
  });
});
