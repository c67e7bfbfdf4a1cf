import { describe, expect, it } from 'vitest';
import { toJobError } from '../../shared/core/errors.ts';
import type { Job, Task } from '../../shared/core/job.ts';
import { jobEnd, jobEndedEvent, readyTasks } from '../../shared/core/job-end.ts';
import { header, SOURCE, task } from '../fixtures/jobs.ts';

function job(tasks: readonly Task[], fields: Partial<Job['header']> = {}): Job {
  return { header: header({ step: 'published', ...fields }), tasks, chunks: [] };
}
const error = toJobError(new Error('x'), '480p');
const done = task('480p', { state: 'succeeded' });
const failed = task('720p', { state: 'failed', error });
const skipped = task('1080p', { state: 'skipped' });
const thumbnails = task('thumbnails', { after: ['480p'] });

describe('jobEnd', () => {
  it.each([
    ['one is open', [done, thumbnails], null],
    ['one runs', [done, task('720p', { state: 'running' })], null],
    ['all succeeded or were skipped', [done, skipped], { state: 'completed', error: null }],
    ['one failed', [done, failed, skipped], { state: 'failed', error }],
    ['one was canceled', [done, task('720p', { state: 'canceled' })], { state: 'canceled', error: null }],
    [
      'one failed and one was canceled',
      [task('a', { state: 'canceled' }), failed],
      { state: 'failed', error },
    ],
  ])('when %s', (_, tasks, end) => {
    expect(jobEnd(job(tasks))).toEqual(end);
  });

  it('is open while tasks are being recorded, even when all that stand have ended', () => {
    expect(jobEnd(job([skipped], { step: 'recorded' }))).toBeNull();
  });
});

describe('readyTasks', () => {
  it.each([
    ['those that wait for none', [task('480p'), thumbnails], ['480p']],
    ['those whose others have succeeded', [done, thumbnails], ['thumbnails']],
    [
      'those whose others have failed',
      [task('480p', { state: 'failed', error }), thumbnails],
      ['thumbnails'],
    ],
    ['none that has started', [task('480p', { state: 'running' }), thumbnails], []],
  ])('are %s', (_, tasks, names) => {
    expect(readyTasks(job(tasks)).map((each) => each.name)).toEqual(names);
  });

  it('are none once the job has ended', () => {
    expect(readyTasks(job([task('480p')], { state: 'canceled' }))).toEqual([]);
  });
});

describe('jobEndedEvent', () => {
  it('is the same whoever makes it', () => {
    const ended = job([], { state: 'failed', updatedAt: '2026-01-01T00:01:00.000Z', error });
    expect(jobEndedEvent(ended)).toEqual({
      id: 'job-1:failed',
      type: 'job.failed',
      time: '2026-01-01T00:01:00.000Z',
      jobId: 'job-1',
      source: { bucket: SOURCE.bucket, key: SOURCE.key },
      manifest: null,
      error: { code: 'infrastructure', detail: error.detail },
    });
  });

  it('is none while the job is open', () => {
    expect(jobEndedEvent(job([]))).toBeNull();
  });
});
