import { describe, expect, test } from 'vitest';
import { estimateCostUsd } from '../../shared/core/cost.ts';
import type { Job } from '../../shared/core/job.ts';
import { completedJob, header, MANIFEST, rendition, task } from '../fixtures/job-states.ts';
import { mediaFile } from '../fixtures/streams.ts';

const gbSecond = 0.0000166667;

describe('estimateCostUsd', () => {
  test.each<[string, Job, number]>([
    ['nothing done', { header: header(), tasks: [task('480p')], chunks: [] }, 0],
    [
      'a function: GB-seconds and a request an attempt',
      {
        header: header(),
        tasks: [task('480p', { attempt: 3, usage: { billedMs: 60_000, memoryMb: 2048, vcpuSeconds: 0 } })],
        chunks: [],
      },
      Math.round((120 * gbSecond + 3 * 2e-7) * 1e6) / 1e6,
    ],
    [
      'a container: vCPU-hours with 2 GB each',
      {
        header: header(),
        tasks: [task('480p', { attempt: 1, usage: { billedMs: 0, memoryMb: 0, vcpuSeconds: 3600 } })],
        chunks: [],
      },
      0.04937,
    ],
    [
      'handed over from a function to a container: both',
      {
        header: header(),
        tasks: [task('480p', { attempt: 2, usage: { billedMs: 60_000, memoryMb: 1024, vcpuSeconds: 3600 } })],
        chunks: [],
      },
      0.05037,
    ],
    [
      'objects written, the manifest too',
      {
        header: header({ manifest: MANIFEST }),
        tasks: [task('480p', { outputs: [rendition('480p', 2, 2), rendition('720p', 2, 2)] })],
        chunks: [],
      },
      0.000015,
    ],
    [
      'playlists, files that they name and pieces of them, too',
      {
        header: header({ playlist: MANIFEST, manifest: MANIFEST }),
        tasks: [task('480p', { outputs: [rendition('480p', 2, 2)], media: [mediaFile('480p')] })],
        chunks: [task('chunk-00000', { media: [mediaFile('480p', 0), mediaFile('720p', 0)] })],
      },
      0.00003,
    ],
    [
      'the time of chunks',
      {
        header: header(),
        tasks: [task('480p', { attempt: 1, usage: { billedMs: 60_000, memoryMb: 1024, vcpuSeconds: 0 } })],
        chunks: [
          task('chunk-00000', { attempt: 2, usage: { billedMs: 30_000, memoryMb: 2048, vcpuSeconds: 0 } }),
        ],
      },
      Math.round((120 * gbSecond + 3 * 2e-7) * 1e6) / 1e6,
    ],
    ['a whole job', completedJob(), 0.001237],
  ])('%s', (_name, job, expected) => {
    expect(estimateCostUsd(job)).toBe(expected);
  });
});
