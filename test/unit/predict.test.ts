import { describe, expect, it } from 'vitest';
import { overLimit } from '../../shared/core/over-limit.ts';
import { predict } from '../../shared/core/predict.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const LIMITS = { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 2048 };

describe('predict', () => {
  it('tells seconds, memory and scratch of every task', () => {
    expect(predict(PLAN, PROBE, LIMITS)).toEqual([
      { task: '480p', seconds: 6, memoryMb: 237, scratchMb: 3 },
      { task: '720p', seconds: 8, memoryMb: 262, scratchMb: 5 },
      { task: 'thumbnails', seconds: 7, memoryMb: 217, scratchMb: 64 },
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

  it('says nothing of the time of a source that does not say how long it is', () => {
    expect(predict({ ...PLAN, durationSeconds: null }, PROBE, LIMITS)[0]).toEqual({
      task: '480p',
      seconds: null,
      memoryMb: 237,
      scratchMb: null,
    });
  });
});

describe('overLimit', () => {
  const task = { task: '720p', seconds: 100, memoryMb: 300, scratchMb: 10 };

  it.each([
    ['everything fits', task, 1, null],
    ['exactly 60 %', { ...task, seconds: 540 }, 1, null],
    ['too slow', { ...task, seconds: 541 }, 1, 'limit.timeout'],
    ['too much memory', { ...task, memoryMb: 1805 }, 1, 'limit.memory'],
    ['too much scratch', { ...task, scratchMb: 1229 }, 1, 'limit.disk'],
    ['small and of unknown length', { ...task, seconds: null, scratchMb: null }, 1_000_000_000, null],
    [
      'large and of unknown length',
      { ...task, seconds: null, scratchMb: null },
      1_000_000_001,
      'limit.timeout',
    ],
  ])('%s', (_name, prediction, bytes, code) => {
    expect(overLimit([prediction], LIMITS, bytes)?.code ?? null).toBe(code);
  });

  it('says what was predicted and what may be planned for', () => {
    expect(overLimit([{ ...task, seconds: 600 }], LIMITS, 1)?.detail).toBe(
      '720p is predicted to take 600 seconds; 540 of 900 seconds may be planned for.',
    );
  });
});
