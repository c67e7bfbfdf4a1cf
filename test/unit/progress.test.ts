import { describe, expect, test } from 'vitest';
import type { Job, Task } from '../../shared/core/job.ts';
import { jobEtaSeconds, jobProgress } from '../../shared/core/progress.ts';
import { completedJob, header, runningJob, task } from '../fixtures/job-states.ts';

const job = (tasks: readonly Task[], fields: Parameters<typeof header>[0] = {}): Job => ({
  header: header(fields),
  tasks,
  chunks: [],
});
const started = (seconds: number, fields: Partial<Task>): Partial<Task> => ({
  state: 'running',
  startedAt: '2026-01-01T10:00:00.000Z',
  updatedAt: new Date(Date.parse('2026-01-01T10:00:00.000Z') + seconds * 1000).toISOString(),
  ...fields,
});

describe('jobProgress', () => {
  test.each<[string, Job, number]>([
    ['no tasks yet', job([]), 0],
    ['only skipped tasks', job([task('1080p', { state: 'skipped' })]), 0],
    ['weighted by pixels', job([task('480p', { progress: 1 }), task('720p', { progress: 0 })]), 0.25],
    [
      'a task outside the ladder weighs 2 % of it',
      job([task('480p'), task('720p'), task('thumbnails', { progress: 1 })]),
      0.0196,
    ],
    [
      'skipped tasks do not count',
      job([task('480p', { progress: 0.5 }), task('1080p', { state: 'skipped' })]),
      0.5,
    ],
    ['a succeeded task is whole', job([task('480p', { state: 'succeeded', progress: 0.7 })]), 0.99],
    ['not 1 before the manifest', job([task('480p', { state: 'succeeded', progress: 1 })]), 0.99],
    ['a failed task keeps what it reached', job([task('480p', { state: 'failed', progress: 0.4 })]), 0.4],
    ['completed', completedJob(), 1],
    ['failed after all work', { ...completedJob(), header: header({ state: 'failed' }) }, 0.99],
  ])('%s', (_name, given, expected) => {
    expect(jobProgress(given)).toBe(expected);
  });

  test('never falls while tasks go forward, fail, are retried and end', () => {
    const steps: Partial<Record<'480p' | '720p' | 'thumbnails', Partial<Task>>>[] = [
      {},
      { '480p': { state: 'running', progress: 0.3 } },
      { '480p': { state: 'pending', progress: 0.3 } },
      { '480p': { state: 'running', progress: 0.3 }, '720p': { state: 'running', progress: 0.01 } },
      { '480p': { state: 'succeeded', progress: 1 }, '720p': { state: 'running', progress: 0.9 } },
      { '480p': { state: 'succeeded', progress: 1 }, '720p': { state: 'succeeded', progress: 1 } },
      {
        '480p': { state: 'succeeded', progress: 1 },
        '720p': { state: 'succeeded', progress: 1 },
        thumbnails: { state: 'succeeded', progress: 1 },
      },
    ];
    const seen = steps.map((step) =>
      jobProgress(
        job([task('480p', step['480p']), task('720p', step['720p']), task('thumbnails', step.thumbnails)]),
      ),
    );
    expect([...seen, jobProgress(completedJob())]).toEqual([
      0, 0.0735, 0.0735, 0.0808, 0.9068, 0.9803, 0.99, 1,
    ]);
  });
});

describe('jobEtaSeconds', () => {
  test.each<[string, Job, number | null]>([
    ['nothing has started', job([task('480p'), task('720p')]), null],
    ['started without progress', job([task('480p', started(3, { progress: 0 }))]), null],
    ['ended', completedJob(), null],
    ['canceled midway', job([task('480p', started(4, { progress: 0.5 }))], { state: 'canceled' }), null],
    ['at its own pace', job([task('480p', started(4, { progress: 0.5 }))]), 4],
    ['rounded up', job([task('480p', started(1, { progress: 0.9 }))]), 1],
    ['the slowest decides', runningJob(), 12],
    [
      'one that has not started goes at the pace of the others',
      job([task('480p', started(4, { progress: 0.5 })), task('720p')]),
      24,
    ],
    [
      'one that waits starts when the other ends',
      job([task('480p', started(4, { progress: 0.5 })), task('720p', { after: ['480p'] })]),
      28,
    ],
    [
      'all tasks ended, the manifest is being written',
      job([
        task('480p', started(4, { state: 'succeeded', progress: 1, finishedAt: '2026-01-01T10:00:04.000Z' })),
      ]),
      0,
    ],
    [
      'a finished task lends its pace',
      job([
        task('480p', started(2, { state: 'succeeded', progress: 1, finishedAt: '2026-01-01T10:00:02.000Z' })),
        task('720p'),
      ]),
      6,
    ],
  ])('%s', (_name, given, expected) => {
    expect(jobEtaSeconds(given)).toBe(expected);
  });
});
