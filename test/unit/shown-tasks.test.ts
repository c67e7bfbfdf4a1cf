import { describe, expect, it } from 'vitest';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { jobDocument, jobVersion } from '../../shared/core/document.ts';
import type { Job, Task } from '../../shared/core/job.ts';
import { header, TWO_RUNGS, task } from '../fixtures/job-states.ts';

/** A quarter and three quarters of the frames. */
const CHUNKS: ChunkPlan = {
  segmentFrames: 150,
  segmentsPerChunk: 3,
  chunks: 2,
  declaredFrames: 600,
  audio: { copy: false, packetsPerPiece: 1000, pieces: 1 },
};
const BEGAN = { startedAt: '2026-01-01T10:00:02.000Z' };

function job(
  chunks: readonly Partial<Task>[],
  tasks: Readonly<Record<string, Partial<Task>>> = {},
  lane: 'chunked' | 'batch' = 'chunked',
): Job {
  const names = ['chunk-00000', 'chunk-00001', 'audio-00000'];
  return {
    header: header({ lane, plan: { ...TWO_RUNGS, chunks: CHUNKS } }),
    tasks: ['480p', '720p', 'thumbnails'].map((name) => task(name, { lane: 'chunked', ...tasks[name] })),
    chunks: names.map((name, index) => task(name, { lane: 'chunked', ...chunks[index] })),
  };
}

const shown = (given: Job) =>
  jobDocument(given, () => '').tasks.map(({ state, progress, attempt }) => [
    state,
    Number(progress.toFixed(4)),
    attempt,
  ]);

describe('the document of a chunked job', () => {
  it('shows tasks as they are until the first chunk begins', () => {
    const given = job([]);
    expect(shown(given)).toEqual([
      ['pending', 0, 0],
      ['pending', 0, 0],
      ['pending', 0, 0],
    ]);
    expect(jobDocument(given, () => '').chunks).toEqual({
      total: 3,
      pending: 3,
      running: 0,
      succeeded: 0,
      failed: 0,
      canceled: 0,
    });
  });

  it('shows them running from then on, with the progress of the picture by frames', () => {
    const given = job(
      [
        { ...BEGAN, state: 'succeeded', progress: 1, revision: 5, updatedAt: '2026-01-01T10:00:09.000Z' },
        { ...BEGAN, state: 'running', progress: 0.5, updatedAt: '2026-01-01T10:00:07.000Z' },
        { ...BEGAN, state: 'running', progress: 0.9 },
      ],
      { '720p': { progress: 0.5, attempt: 1 } },
    );
    const chunks = 0.97 * (0.25 + 0.75 * 0.5);
    expect(shown(given)).toEqual([
      ['running', Number(chunks.toFixed(4)), 1],
      ['running', Number((chunks + 0.015).toFixed(4)), 1],
      ['running', Number(chunks.toFixed(4)), 1],
    ]);
    const document = jobDocument(given, () => '');
    expect(document.tasks[0]).toMatchObject(BEGAN);
    expect(document.updatedAt).toBe('2026-01-01T10:00:09.000Z');
    expect(document.chunks).toMatchObject({ total: 3, running: 2, succeeded: 1 });
    expect(document.etaSeconds).toBeGreaterThan(0);
    expect(document.version).toBe(jobVersion(given));
    expect(jobVersion(given)).toBe(3 + 3 + 5 + 1 + 1);
  });

  it('keeps that progress when a container takes over, until it has come further', () => {
    const chunks = [
      { ...BEGAN, state: 'failed', progress: 0.4 },
      { ...BEGAN, state: 'succeeded', progress: 1 },
    ] as const;
    const reached = 0.97 * (0.25 * 0.4 + 0.75);
    const given = job(
      chunks,
      {
        '480p': { lane: 'batch', state: 'running', attempt: 1, progress: 0.1 },
        '720p': { lane: 'batch', state: 'running', attempt: 1, progress: 0.9 },
        thumbnails: { lane: 'batch', state: 'succeeded', attempt: 1, progress: 1 },
      },
      'batch',
    );
    expect(shown(given)).toEqual([
      ['running', Number((reached + 0.003).toFixed(4)), 1],
      ['running', 0.9, 1],
      ['succeeded', 1, 1],
    ]);
    expect(jobDocument(given, () => '').chunks).toEqual({
      total: 3,
      pending: 0,
      running: 0,
      succeeded: 1,
      failed: 1,
      canceled: 1,
    });
  });
});
