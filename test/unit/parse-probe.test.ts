import { describe, expect, it } from 'vitest';
import { parseProbe } from '../../shared/core/parse-probe.ts';
import { ffprobeAudio, ffprobeReport, ffprobeVideo } from '../fixtures/ffprobe-report.ts';
import { PROBE } from '../fixtures/jobs.ts';

const LIMITS = { maxPixels: 40_000_000, maxSeconds: 21_600 };

function videoOf(fields: Readonly<Record<string, unknown>>) {
  return parseProbe(ffprobeReport([ffprobeVideo(fields)]), LIMITS).video;
}

describe('parseProbe', () => {
  it('reduces a plain file to what is used', () => {
    expect(parseProbe(ffprobeReport(), LIMITS)).toEqual({
      ...PROBE,
      video: {
        ...PROBE.video,
        colorSpace: null,
        colorPrimaries: null,
        colorTransfer: null,
        colorRange: null,
      },
    });
  });

  it.each([
    ['upright', {}, { width: 1920, height: 1080, rotation: 0 }],
    ['turned right', { side_data_list: [{ rotation: -90 }] }, { width: 1080, height: 1920, rotation: 90 }],
    ['turned left', { side_data_list: [{ rotation: 90 }] }, { width: 1080, height: 1920, rotation: 270 }],
    ['upside down', { side_data_list: [{ rotation: 180 }] }, { width: 1920, height: 1080, rotation: 180 }],
    [
      'wide samples',
      { width: 720, height: 576, sample_aspect_ratio: '16:11' },
      { width: 1047, height: 576, sampleAspectRatio: { num: 16, den: 11 } },
    ],
    [
      'wide samples, turned',
      { width: 720, height: 576, sample_aspect_ratio: '2:1', side_data_list: [{ rotation: -90 }] },
      { width: 576, height: 1440 },
    ],
    [
      'absurd samples',
      { sample_aspect_ratio: '1:1000' },
      { width: 1920, sampleAspectRatio: { num: 1, den: 1 } },
    ],
    ['unknown samples', { sample_aspect_ratio: '0:1' }, { sampleAspectRatio: { num: 1, den: 1 } }],
  ])('shows %s', (_name, fields, expected) => {
    expect(videoOf(fields)).toMatchObject(expected);
  });

  it.each([
    ['constant', { r_frame_rate: '25/1', avg_frame_rate: '50/2' }, { num: 25, den: 1 }, false],
    [
      'measured slightly off',
      { r_frame_rate: '60/1', avg_frame_rate: '810000/13487' },
      { num: 810000, den: 13487 },
      false,
    ],
    ['variable', { r_frame_rate: '30/1', avg_frame_rate: '20/1' }, { num: 20, den: 1 }, true],
    [
      'counted in fields',
      { r_frame_rate: '50/1', avg_frame_rate: '25/1', field_order: 'tt' },
      { num: 25, den: 1 },
      false,
    ],
    ['half the nominal', { r_frame_rate: '50/1', avg_frame_rate: '25/1' }, { num: 25, den: 1 }, true],
    ['unknown', { r_frame_rate: '25/1', avg_frame_rate: '0/0' }, null, false],
  ])('reads a frame rate that is %s', (_name, fields, frameRate, variableFrameRate) => {
    expect(videoOf(fields)).toMatchObject({ frameRate, variableFrameRate });
  });

  it('drops a nominal rate that no video has', () => {
    expect(videoOf({ r_frame_rate: '90000/1' }).nominalFrameRate).toBeNull();
  });

  it.each([
    ['smpte2084', 'pq'],
    ['arib-std-b67', 'hlg'],
    ['bt709', null],
    ['unknown', null],
  ])('reads the transfer %s as %s', (transfer, hdr) => {
    expect(videoOf({ color_transfer: transfer }).hdr).toBe(hdr);
  });

  it.each([
    ['yuv420p', 8],
    ['yuv420p10le', 10],
    ['p010le', 10],
    ['yuv444p12be', 12],
    ['rgb48le', 16],
    ['nv12', 8],
  ])('%s has %i bits', (pixelFormat, bitDepth) => {
    expect(videoOf({ pix_fmt: pixelFormat }).bitDepth).toBe(bitDepth);
  });

  it.each(['tt', 'bb', 'tb', 'bt'])('field order %s is interlaced', (order) => {
    expect(videoOf({ field_order: order }).interlaced).toBe(true);
  });

  it('takes the first video that is not cover art, and the first sound that can be decoded', () => {
    const probe = parseProbe(
      ffprobeReport([
        ffprobeVideo({ codec_name: 'png', disposition: { attached_pic: 1 } }),
        ffprobeAudio({ codec_name: 'unknown' }),
        ffprobeVideo({ index: 2 }),
        ffprobeAudio({ index: 3, channels: 6 }),
      ]),
      LIMITS,
    );
    expect([probe.video.ordinal, probe.audio?.ordinal, probe.audio?.channels]).toEqual([1, 1, 6]);
  });

  it.each([
    [
      'the later end of the used tracks',
      ffprobeReport([
        ffprobeVideo({ duration: '3.0' }),
        ffprobeAudio({ start_time: '0.5', duration: '4.0' }),
      ]),
      { startSeconds: 0, durationSeconds: 4.5 },
    ],
    [
      'from a late start',
      ffprobeReport([ffprobeVideo({ start_time: '10.0', duration: '3.0' })], {
        start_time: '9.0',
        duration: '4.0',
      }),
      { startSeconds: 10, containerStartSeconds: 9, durationSeconds: 3 },
    ],
    [
      "to Matroska's ends",
      ffprobeReport(
        [ffprobeVideo({ start_time: '10.0', duration: undefined, tags: { DURATION: '00:00:13.500000000' } })],
        { format_name: 'matroska,webm', duration: '13.5', start_time: '10.0' },
      ),
      { startSeconds: 10, durationSeconds: 3.5 },
    ],
    [
      "from the container's length",
      ffprobeReport([ffprobeVideo({ duration: 'N/A' })], { format_name: 'matroska,webm', duration: '7.25' }),
      { durationSeconds: 7.25 },
    ],
    [
      'not at all',
      ffprobeReport([ffprobeVideo({ duration: undefined })], { duration: undefined }),
      { durationSeconds: null },
    ],
  ])('measures the presentation %s', (_name, report, expected) => {
    expect(parseProbe(report, LIMITS)).toMatchObject(expected);
  });

  describe('where the picture of a Matroska file ends', () => {
    const tracks = (video: string | undefined, audio?: string) => [
      ffprobeVideo({ duration: undefined, ...(video ? { tags: { DURATION: video } } : {}) }),
      ...(audio ? [ffprobeAudio({ duration: undefined, tags: { DURATION: audio } })] : []),
    ];
    const end = (streams: readonly unknown[], duration: string | undefined, brokenOff = false) =>
      parseProbe(ffprobeReport(streams, { format_name: 'matroska,webm', duration }), LIMITS, brokenOff)
        .pictureEndSeconds;

    it.each([
      ['its track tells', tracks('00:00:08.000', '00:00:10.000'), '10.0', 8],
      ['only the file tells, of one track', tracks(undefined), '10.0', 10],
      ['a tag tells more than the file', tracks('02:00:00.000'), '10.0', 10],
      ['the tags tell much less than the file', tracks('00:00:03.000', '00:00:03.000'), '10.0', null],
      ['nobody tells', tracks(undefined), undefined, null],
    ])('%s', (_name, streams, duration, expected) => {
      expect(end(streams, duration)).toBe(expected);
    });

    it('does not matter in a file that breaks off', () => {
      expect(end(tracks('00:00:10.000'), '10.0', true)).toBeNull();
      expect(parseProbe(ffprobeReport(), LIMITS, true).brokenOff).toBe(true);
    });
  });

  it('knows that a file may not tell when it begins', () => {
    const report = ffprobeReport([ffprobeVideo({ start_time: undefined })], { start_time: undefined });
    expect(parseProbe(report, LIMITS)).toMatchObject({ startSeconds: 0, containerStartSeconds: null });
  });

  const encryptedPackets = [{ stream_index: 0, side_data_list: [{ side_data_type: 'Encryption info' }] }];
  it.each([
    ['input.no_video', ffprobeReport([ffprobeAudio()])],
    ['input.no_video', ffprobeReport([ffprobeVideo({ disposition: { attached_pic: 1 } }), ffprobeAudio()])],
    ['input.corrupt', ffprobeReport([])],
    ['input.corrupt', ffprobeReport([{ index: 0, codec_type: 'data', codec_tag_string: '[0][0][0][0]' }])],
    ['input.corrupt', ffprobeReport([ffprobeVideo({ width: 0 })])],
    ['input.corrupt', { format: 'surprising' }],
    ['input.unsupported', ffprobeReport([ffprobeVideo({ codec_name: undefined })])],
    ['input.unsupported', ffprobeReport(undefined, { tags: { major_brand: 'avif' } })],
    ['input.encrypted', ffprobeReport([ffprobeVideo({ codec_tag_string: 'encv' })])],
    ['input.encrypted', ffprobeReport([ffprobeVideo(), ffprobeAudio({ codec_tag_string: 'enca' })])],
    ['input.encrypted', { ...ffprobeReport(), packets: encryptedPackets }],
    ['input.too_many_pixels', ffprobeReport([ffprobeVideo({ width: 8192, height: 8192 })])],
    ['input.too_long', ffprobeReport([ffprobeVideo({ duration: '21601.0' })])],
  ])('refuses with %s', (code, report) => {
    expect(() => parseProbe(report, LIMITS)).toThrow(expect.objectContaining({ code, retryable: false }));
  });
});
