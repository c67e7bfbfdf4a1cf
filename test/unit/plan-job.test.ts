import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe, VideoStream } from '../../shared/core/probe.ts';
import { PROBE } from '../fixtures/jobs.ts';

const plan = (video: Partial<VideoStream>, probe: Partial<Probe> = {}) =>
  planJob({ ...PROBE, ...probe, video: { ...PROBE.video, ...video } }, DEFAULT_PROFILE, 'hash');

const sizes = (video: Partial<VideoStream>) =>
  plan(video).renditions.map(({ name, width, height }) => `${name} ${width}x${height}`);

describe('planJob', () => {
  it('plans a landscape 1080p24 source whole', () => {
    const common = {
      frameRate: { num: 24, den: 1 },
      gopFrames: 48,
      preset: 'veryfast',
      crf: 23,
      passThrough: false,
    };
    expect(planJob(PROBE, DEFAULT_PROFILE, 'hash')).toEqual({
      profileHash: 'hash',
      durationSeconds: 10,
      gopsPerSegment: 3,
      chunks: null,
      picture: { videoOrdinal: 0, deinterlace: false, tonemap: null, colorSpace: 'bt709', colorRange: 'tv' },
      audio: { audioOrdinal: 0, bitrate: 128_000, sampleRate: 48_000 },
      renditions: [
        { name: '480p', width: 854, height: 480, maxBitrate: 1_500_000, ...common },
        { name: '720p', width: 1280, height: 720, maxBitrate: 3_500_000, ...common },
        { name: '1080p', width: 1920, height: 1080, maxBitrate: 6_000_000, ...common },
      ],
      skipped: [],
      thumbnails: {
        poster: { width: 1280, height: 720 },
        storyboard: { intervalSeconds: 2, tileWidth: 160, tileHeight: 90, columns: 10, rows: 10 },
      },
    });
  });

  it.each([
    ['portrait', { width: 1080, height: 1920 }, ['480p 480x854', '720p 720x1280', '1080p 1080x1920']],
    ['4K', { width: 3840, height: 2160 }, ['480p 854x480', '720p 1280x720', '1080p 1920x1080']],
    ['just short of a rung', { width: 1918, height: 1078 }, ['480p 854x480', '720p 1282x720']],
    ['below every rung', { width: 320, height: 180 }, ['480p 320x180']],
    ['odd and below every rung', { width: 321, height: 179 }, ['480p 320x178']],
    ['ultra-wide', { width: 3840, height: 1080 }, ['480p 1706x480', '720p 2560x720', '1080p 3840x1080']],
    ['one pixel', { width: 1, height: 1 }, ['480p 2x2']],
  ])('sizes a source that is %s', (_name, video, expected) => {
    expect(sizes(video)).toEqual(expected);
  });

  it('tells why it skips', () => {
    expect(plan({ width: 640, height: 480 }).skipped).toEqual([
      {
        name: '720p',
        reason:
          'The source is 640x480; 720p needs a short side of at least 720 pixels, and videos are never enlarged.',
      },
      {
        name: '1080p',
        reason:
          'The source is 640x480; 1080p needs a short side of at least 1080 pixels, and videos are never enlarged.',
      },
    ]);
  });

  it.each([
    [{ num: 30000, den: 1001 }, 60, 1_500_000],
    [{ num: 50, den: 1 }, 100, 2_250_000],
    [{ num: 60000, den: 1001 }, 120, 2_250_000],
  ])('cuts GOPs and caps the rate at %o', (frameRate, gopFrames, maxBitrate) => {
    expect(plan({ frameRate, nominalFrameRate: frameRate }).renditions[0]).toMatchObject({
      frameRate,
      gopFrames,
      maxBitrate,
    });
  });

  it.each([
    [
      'HDR',
      { hdr: 'pq', colorSpace: 'bt2020nc' },
      { tonemap: 'pq', colorSpace: 'bt2020nc', colorRange: 'tv' },
    ],
    ['silent HD', { colorSpace: null, colorRange: null }, { colorSpace: 'bt709', colorRange: 'tv' }],
    [
      'silent SD',
      { colorSpace: null, codedWidth: 640, codedHeight: 480 },
      { colorSpace: 'smpte170m', colorRange: 'tv' },
    ],
    ['full range', { colorRange: null, pixelFormat: 'yuvj420p' }, { colorRange: 'pc' }],
    [
      'RGB',
      { colorSpace: 'gbr', colorRange: null, pixelFormat: 'gbrp' },
      { colorSpace: 'gbr', colorRange: 'pc' },
    ],
    ['interlaced', { interlaced: true }, { deinterlace: true }],
    ['second track', { ordinal: 1 }, { videoOrdinal: 1 }],
  ] satisfies [string, Partial<VideoStream>, object][])(
    'treats a picture that is %s',
    (_name, video, expected) => {
      expect(plan(video).picture).toMatchObject(expected);
    },
  );

  it.each([
    ['one frame', 0.04, 2],
    ['400 s', 400, 2],
    ['401 s', 401, 4],
    ['6 hours', 21_600, 108],
    ['unknown', null, 10],
  ])('spaces the tiles of %s', (_name, durationSeconds, intervalSeconds) => {
    expect(plan({}, { durationSeconds }).thumbnails.storyboard.intervalSeconds).toBe(intervalSeconds);
  });

  it('keeps tiles on keyframes of a fractional rate', () => {
    const frameRate = { num: 24000, den: 1001 };
    expect(
      plan({ frameRate, nominalFrameRate: frameRate }).thumbnails.storyboard.intervalSeconds,
    ).toBeCloseTo(2.002, 9);
  });

  it.each([
    [{ width: 1920, height: 1080 }, '1280x720 160x90'],
    [{ width: 1440, height: 1080 }, '1280x960 120x90'],
    [{ width: 1080, height: 1920 }, '720x1280 90x160'],
    [{ width: 320, height: 180 }, '320x180 160x90'],
    [{ width: 64, height: 64 }, '64x64 64x64'],
  ])('sizes poster and tiles of %o', (video, expected) => {
    const { poster, storyboard } = plan(video).thumbnails;
    expect(`${poster.width}x${poster.height} ${storyboard.tileWidth}x${storyboard.tileHeight}`).toBe(
      expected,
    );
  });

  it('plans no sound where there is none', () => {
    expect(plan({}, { audio: null }).audio).toBeNull();
  });
});
