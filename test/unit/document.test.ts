import { describe, expect, test } from 'vitest';
import { jobDocument } from '../../shared/core/document.ts';
import { JobDocument } from '../../shared/core/document-schema.ts';
import type { Job } from '../../shared/core/job.ts';
import {
  awaitedJob,
  completedJob,
  header,
  JOB_ID,
  rejectedJob,
  rendition,
  runningJob,
  STORYBOARD,
  task,
} from '../fixtures/job-states.ts';

const fileUrl = (jobId: string, path: string) => `https://api.test/${jobId}/${path}`;
const document = (job: Job) => jobDocument(job, fileUrl);

const NO_FACTS = {
  durationSeconds: null,
  width: null,
  height: null,
  frameRate: null,
  videoCodec: null,
  audioCodec: null,
};
const FACTS = {
  bucket: 'uploads',
  key: 'in box/holiday +1.mp4',
  size: 5_000_000,
  durationSeconds: 30,
  width: 1920,
  height: 1080,
  frameRate: 23.976,
  videoCodec: 'h264',
  audioCodec: 'aac',
};
const NOTHING_BILLED = { ms: 0, memoryMb: 0, vcpuSeconds: 0 };
const SKIPPED = {
  name: '1080p',
  state: 'skipped',
  progress: 0,
  attempt: 0,
  lane: 'lambda',
  startedAt: null,
  finishedAt: null,
  error: null,
  skipReason: 'The source is smaller.',
  billed: NOTHING_BILLED,
};

describe('jobDocument', () => {
  test('a job that waits for its upload', () => {
    expect(document(awaitedJob())).toEqual({
      id: JOB_ID,
      state: 'awaiting_upload',
      createdAt: '2026-01-01T10:00:00.000Z',
      updatedAt: '2026-01-01T10:00:00.000Z',
      version: 1,
      source: { ...FACTS, ...NO_FACTS },
      progress: 0,
      etaSeconds: null,
      lane: 'lambda',
      laneReason: 'The lane is chosen once the source has been probed.',
      tasks: [],
      chunks: null,
      outputs: [],
      warnings: [],
      error: null,
      cost: { estimatedUsd: 0 },
    });
  });

  test('a running job', () => {
    const running = {
      state: 'running',
      attempt: 1,
      lane: 'lambda',
      startedAt: '2026-01-01T10:00:02.000Z',
      finishedAt: null,
      error: null,
      skipReason: null,
      billed: NOTHING_BILLED,
    };
    expect(document(runningJob())).toEqual({
      id: JOB_ID,
      state: 'processing',
      createdAt: '2026-01-01T10:00:00.000Z',
      updatedAt: '2026-01-01T10:00:06.000Z',
      version: 13,
      source: FACTS,
      progress: 0.3063,
      etaSeconds: 12,
      lane: 'lambda',
      laneReason: 'Fits a function.',
      tasks: [
        { ...running, name: '480p', progress: 0.5 },
        { ...running, name: '720p', progress: 0.25 },
        SKIPPED,
        { ...running, name: 'thumbnails', state: 'pending', progress: 0, attempt: 0, startedAt: null },
      ],
      chunks: null,
      outputs: [],
      warnings: [],
      error: null,
      cost: { estimatedUsd: 0 },
    });
  });

  test('a job of which two tasks run elsewhere for one reason, and one for another', () => {
    const job = runningJob();
    const reasons = ['Too slow.', 'Too large.', null, 'Too slow.'];
    const tasks = job.tasks.map((each, index) => ({ ...each, laneReason: reasons[index] ?? null }));
    expect(document({ ...job, tasks }).laneReason).toBe('Fits a function. Too slow. Too large.');
  });

  test('a completed job', () => {
    const done = {
      state: 'succeeded',
      progress: 1,
      lane: 'lambda',
      startedAt: '2026-01-01T10:00:02.000Z',
      error: null,
      skipReason: null,
    };
    const file = {
      kind: 'rendition',
      contentType: 'video/mp4',
      bytes: 26,
      sha256: 'a1'.repeat(32),
      durationSeconds: 30,
      bitrate: 1_200_000,
      codecs: 'avc1.64001f,mp4a.40.2',
    };
    expect(document(completedJob())).toEqual({
      id: JOB_ID,
      state: 'completed',
      createdAt: '2026-01-01T10:00:00.000Z',
      updatedAt: '2026-01-01T10:00:21.000Z',
      version: 37,
      source: FACTS,
      progress: 1,
      etaSeconds: null,
      lane: 'lambda',
      laneReason: 'Fits a function.',
      tasks: [
        {
          ...done,
          name: '480p',
          attempt: 1,
          finishedAt: '2026-01-01T10:00:08.000Z',
          billed: { ms: 6000, memoryMb: 2048, vcpuSeconds: 0 },
        },
        {
          ...done,
          name: '720p',
          attempt: 2,
          finishedAt: '2026-01-01T10:00:20.000Z',
          billed: { ms: 20_000, memoryMb: 3072, vcpuSeconds: 0 },
        },
        SKIPPED,
        {
          ...done,
          name: 'thumbnails',
          attempt: 1,
          startedAt: '2026-01-01T10:00:09.000Z',
          finishedAt: '2026-01-01T10:00:10.000Z',
          billed: { ms: 1000, memoryMb: 1024, vcpuSeconds: 0 },
        },
      ],
      chunks: null,
      outputs: [
        {
          ...file,
          name: '480p',
          width: 800,
          height: 400,
          key: `${JOB_ID}/480p.mp4`,
          url: `https://api.test/${JOB_ID}/480p.mp4`,
        },
        {
          ...file,
          name: '720p',
          width: 1200,
          height: 800,
          key: `${JOB_ID}/720p.mp4`,
          url: `https://api.test/${JOB_ID}/720p.mp4`,
        },
        {
          name: 'storyboard.vtt',
          kind: 'storyboard',
          contentType: 'text/vtt',
          bytes: 7,
          sha256: 'c3'.repeat(32),
          width: null,
          height: null,
          durationSeconds: 30,
          bitrate: null,
          codecs: null,
          key: `${JOB_ID}/storyboard.vtt`,
          url: `https://api.test/${JOB_ID}/storyboard.vtt`,
        },
        {
          name: 'manifest',
          kind: 'manifest',
          contentType: 'application/json',
          bytes: 2,
          sha256: 'd4'.repeat(32),
          width: null,
          height: null,
          durationSeconds: null,
          bitrate: null,
          codecs: null,
          key: `${JOB_ID}/manifest.json`,
          url: `https://api.test/${JOB_ID}/manifest.json`,
        },
      ],
      warnings: [{ code: 'source.incomplete', detail: 'The last 2 s are missing.' }],
      error: null,
      cost: { estimatedUsd: 0.001237 },
    });
  });

  test('a rejected file', () => {
    expect(document(rejectedJob())).toMatchObject({
      state: 'failed',
      version: 2,
      source: { ...FACTS, ...NO_FACTS },
      progress: 0,
      etaSeconds: null,
      laneReason: 'The job ended before there was anything to run.',
      tasks: [],
      chunks: null,
      outputs: [],
      warnings: [],
      error: {
        code: 'input.no_video',
        detail: 'The file has no video track.',
        remedy: 'Upload a file that has a video track.',
        task: null,
        retryable: false,
      },
    });
  });

  test.each([
    ['awaited', awaitedJob()],
    ['running', runningJob()],
    ['completed', completedJob()],
    ['rejected', rejectedJob()],
  ])('every document fits its schema: %s', (_name, job) => {
    const made = document(job);
    expect(JobDocument.strict().parse(made)).toEqual(made);
  });

  test('a frame rate that is no number is unknown, and so is a length that nobody says', () => {
    const probe = header().probe;
    const plan = header().plan;
    if (probe === null || plan === null) throw new TypeError('the fixture has a probe and a plan');
    const odd = {
      ...probe,
      durationSeconds: null,
      video: { ...probe.video, frameRate: { num: 0, den: 0 } },
      audio: null,
    };
    const job = {
      header: header({ probe: odd, plan: { ...plan, durationSeconds: null } }),
      tasks: [],
      chunks: [],
    };
    expect(document(job).source).toEqual({
      ...FACTS,
      durationSeconds: null,
      frameRate: null,
      audioCodec: null,
    });
  });

  test('a length that only the encode told is that of the longest rendition', () => {
    const { probe, plan } = header();
    if (probe === null || plan === null) throw new TypeError('the fixture has a probe and a plan');
    const untold = { probe: { ...probe, durationSeconds: null }, plan: { ...plan, durationSeconds: null } };
    const made = (seconds: number) => ({
      chunks: null,
      outputs: [{ ...rendition('480p', 854, 480), durationSeconds: seconds }, STORYBOARD],
    });
    const tasks = [task('480p', made(6.04)), task('720p', made(6.007)), task('thumbnails')];
    expect(document({ header: header(untold), tasks, chunks: [] }).source.durationSeconds).toBe(6.04);
  });

  test('a length is told in whole milliseconds', () => {
    const probe = header().probe;
    if (probe === null) throw new TypeError('the fixture has a probe');
    const job = {
      header: header({ probe: { ...probe, durationSeconds: 2.023222000000004 } }),
      tasks: [],
      chunks: [],
    };
    expect(document(job).source.durationSeconds).toBe(2.023);
  });

  test('warnings that differ in their detail stay apart', () => {
    const warn = (detail: string) => ({ code: 'source.incomplete', detail }) as const;
    const job = {
      header: header(),
      tasks: [
        task('480p', { warnings: [warn('a'), warn('b')] }),
        task('720p', { warnings: [warn('b'), warn('c')] }),
      ],
      chunks: [],
    };
    expect(document(job).warnings).toEqual([warn('a'), warn('b'), warn('c')]);
  });
});
