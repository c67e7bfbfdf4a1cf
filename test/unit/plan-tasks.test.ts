import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planTasks } from '../../shared/core/plan-tasks.ts';
import { NOW, PLAN, task } from '../fixtures/jobs.ts';

const SKIPPED = { state: 'skipped', skipReason: 'The source is smaller.' } as const;

describe('planTasks', () => {
  it('has the thumbnails wait for the lowest rendition in functions', () => {
    expect(planTasks(PLAN, DEFAULT_PROFILE.rungs, 'lambda', NOW)).toEqual([
      task('480p'),
      task('720p'),
      task('1080p', SKIPPED),
      task('thumbnails', { after: ['480p'] }),
    ]);
  });

  it('has nothing wait in a container', () => {
    expect(planTasks(PLAN, DEFAULT_PROFILE.rungs, 'batch', NOW)).toEqual([
      task('480p', { lane: 'batch' }),
      task('720p', { lane: 'batch' }),
      task('1080p', { lane: 'batch', ...SKIPPED }),
      task('thumbnails', { lane: 'batch' }),
    ]);
  });
});
