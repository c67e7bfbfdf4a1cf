import { describe, expect, test } from 'vitest';
import type { Lane, TaskState } from '../../shared/core/job.ts';
import { buildManifest, Manifest } from '../../shared/core/manifest.ts';
import { completedJob, header, JOB_ID, MANIFEST, task } from '../fixtures/job-states.ts';
import { mediaFile } from '../fixtures/streams.ts';

describe('buildManifest', () => {
  test('names every other output, the source, the tasks and the end', () => {
    const task480 = {
      name: '480p',
      state: 'succeeded',
      attempt: 1,
      lane: 'lambda',
      startedAt: '2026-01-01T10:00:02.000Z',
      finishedAt: '2026-01-01T10:00:08.000Z',
      error: null,
      skipReason: null,
    };
    const file480 = {
      name: '480p',
      kind: 'rendition',
      path: '480p.mp4',
      key: `${JOB_ID}/480p.mp4`,
      contentType: 'video/mp4',
      bytes: 26,
      sha256: 'a1'.repeat(32),
      width: 800,
      height: 400,
      durationSeconds: 30,
      bitrate: 1_200_000,
      codecs: 'avc1.64001f,mp4a.40.2',
    };
    const manifest = buildManifest(completedJob(), 'completed', null);
    expect(manifest).toEqual({
      formatVersion: 1,
      jobId: JOB_ID,
      state: 'completed',
      createdAt: '2026-01-01T10:00:00.000Z',
      finishedAt: '2026-01-01T10:00:20.000Z',
      profileHash: 'aaaabbbbccccdddd',
      lane: 'lambda',
      laneReason: 'Fits a function.',
      source: {
        bucket: 'uploads',
        key: 'in box/holiday +1.mp4',
        size: 5_000_000,
        etag: '"e1"',
        versionId: null,
        durationSeconds: 30,
        width: 1920,
        height: 1080,
        frameRate: 23.976,
        videoCodec: 'h264',
        audioCodec: 'aac',
      },
      tasks: [
        task480,
        { ...task480, name: '720p', attempt: 2, finishedAt: '2026-01-01T10:00:20.000Z' },
        {
          ...task480,
          name: '1080p',
          state: 'skipped',
          attempt: 0,
          startedAt: null,
          finishedAt: null,
          skipReason: 'The source is smaller.',
        },
        {
          ...task480,
          name: 'thumbnails',
          startedAt: '2026-01-01T10:00:09.000Z',
          finishedAt: '2026-01-01T10:00:10.000Z',
        },
      ],
      outputs: [
        file480,
        { ...file480, name: '720p', path: '720p.mp4', key: `${JOB_ID}/720p.mp4`, width: 1200, height: 800 },
        {
          name: 'storyboard.vtt',
          kind: 'storyboard',
          path: 'storyboard.vtt',
          key: `${JOB_ID}/storyboard.vtt`,
          contentType: 'text/vtt',
          bytes: 7,
          sha256: 'c3'.repeat(32),
          width: null,
          height: null,
          durationSeconds: 30,
          bitrate: null,
          codecs: null,
        },
      ],
      media: [],
      warnings: [{ code: 'source.incomplete', detail: 'The last 2 s are missing.' }],
      error: null,
    });
    expect(Manifest.strict().parse(manifest)).toEqual(manifest);
  });

  test('a failed job says so and keeps what succeeded', () => {
    const error = {
      code: 'encode.failed',
      detail: 'The encoder stopped.',
      remedy: 'Retry the job.',
      task: '720p',
      retryable: true,
    } as const;
    const { header: head, tasks } = completedJob();
    const failed = tasks.map((item) =>
      item.name === '720p' ? { ...item, state: 'failed' as const, outputs: [], error } : item,
    );
    const manifest = buildManifest({ header: head, tasks: failed, chunks: [] }, 'failed', error);
    expect(manifest).toMatchObject({ state: 'failed', error });
    expect(manifest.outputs.map((output) => output.path)).toEqual(['480p.mp4', 'storyboard.vtt']);
    expect(manifest.tasks.map((item) => [item.name, item.error?.code ?? null])).toEqual([
      ['480p', null],
      ['720p', 'encode.failed'],
      ['1080p', null],
      ['thumbnails', null],
    ]);
  });

  const withPlaylists = (lane: Lane, ended: readonly TaskState[] = ['succeeded', 'pending']) => {
    const { header: head, tasks } = completedJob();
    const playlist = { ...MANIFEST, name: 'master.m3u8', kind: 'playlist', path: 'hls/master.m3u8' } as const;
    const packaged = tasks.map((item) =>
      item.name === '480p' ? { ...item, media: [mediaFile('480p'), mediaFile('audio')] } : item,
    );
    const pieces = [
      [mediaFile('480p', 0), mediaFile('720p', 0)],
      [mediaFile('480p', 1), mediaFile('720p', 1)],
    ];
    const chunks = ended.map((state, index) =>
      task(`chunk-0000${index}`, { state, media: pieces[index] ?? [] }),
    );
    const job = { header: { ...head, lane, playlist }, tasks: packaged, chunks };
    return buildManifest(job, 'completed', null);
  };

  test('names the master playlist last, and what the playlists name', () => {
    const manifest = withPlaylists('lambda');
    expect(manifest.outputs.map(({ name }) => name)).toEqual([
      '480p',
      '720p',
      'storyboard.vtt',
      'master.m3u8',
    ]);
    const file = {
      path: 'hls/480p/media.mp4',
      key: `${JOB_ID}/hls/480p/media.mp4`,
      contentType: 'video/mp4',
      bytes: 1900,
      sha256: 'b2'.repeat(32),
      codecs: 'avc1.64001f',
    };
    expect(manifest.media).toEqual([
      file,
      { ...file, path: 'hls/audio/media.mp4', key: `${JOB_ID}/hls/audio/media.mp4` },
    ]);
    expect(Manifest.strict().parse(manifest)).toEqual(manifest);
  });

  test.each<[Lane, TaskState[], number]>([
    ['chunked', ['succeeded', 'succeeded'], 6],
    ['chunked', ['succeeded', 'failed'], 6],
    ['batch', ['succeeded', 'failed'], 2],
    ['batch', ['succeeded', 'succeeded'], 6],
  ])('names pieces where playlists may: in the lane %s, %s', (lane, ended, files) => {
    expect(withPlaylists(lane, ended).media).toHaveLength(files);
  });

  test('two finalizers write the same bytes, whatever the first has done to the header', () => {
    const job = completedJob();
    const before = {
      ...job,
      header: { ...job.header, state: 'processing' as const, manifest: null, revision: 4, updatedAt: '2026' },
    };
    const bytes = (given: typeof job) => JSON.stringify(buildManifest(given, 'completed', null));
    expect(bytes(before)).toBe(bytes(job));
  });

  test('without a task that ran there is no end', () => {
    const tasks = [task('480p', { state: 'canceled' })];
    expect(buildManifest({ header: header(), tasks, chunks: [] }, 'canceled', null).finishedAt).toBeNull();
  });
});
