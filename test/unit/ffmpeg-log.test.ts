import { describe, expect, it } from 'vitest';
import { createFfmpegLog } from '../../shared/adapters/ffmpeg-log.ts';
import { isDamage, parseFfmpegLine, parseOutTime } from '../../shared/core/parse-ffmpeg-line.ts';

describe('parseFfmpegLine', () => {
  it.each([
    ['frame=  12', { kind: 'progress', key: 'frame', value: '12' }],
    ['out_time=00:00:01.033333', { kind: 'progress', key: 'out_time', value: '00:00:01.033333' }],
    ['[error] Conversion failed!', { kind: 'message', level: 'error', text: 'Conversion failed!' }],
    ['[h264 @ 0x1f] [error] no frame!', { kind: 'message', level: 'error', text: 'no frame!' }],
    [
      '[swscaler @ 0x55] [swscaler @ 0x56] [warning] deprecated',
      { kind: 'message', level: 'warning', text: 'deprecated' },
    ],
    ['    Last message repeated 3 times', { kind: 'repeated', times: 3 }],
    ['video:12kB audio:3kB', null],
  ])('%s', (line, expected) => {
    expect(parseFfmpegLine(line)).toEqual(expected);
  });

  it.each([
    ['00:00:01.500000', 1.5],
    ['01:02:03.000000', 3723],
    ['-00:00:00.020000', -0.02],
    ['N/A', null],
  ])('reads the time %s', (value, expected) => {
    expect(parseOutTime(value)).toBe(expected);
  });

  it.each([
    ['error', 'error while decoding MB 3 4, bytestream -5', true],
    ['warning', 'file:source: corrupt input packet in stream 0', true],
    ['warning', 'edit unit sync lost on stream 0, jumping from 52 to 57', true],
    ['warning', 'deprecated pixel format used', false],
    ['error', 'mmco: unref short failure', false],
    ['error', 'Number of streams exceeds max_streams parameter (100), see', false],
  ])('%s "%s" means damage: %s', (level, text, expected) => {
    expect(isDamage(level, text)).toBe(expected);
  });
});

describe('createFfmpegLog', () => {
  it('gathers progress, errors and repetitions', () => {
    const log = createFfmpegLog();
    const lines = [
      '[h264 @ 0x1] [error] no frame!',
      '    Last message repeated 2 times',
      '[aac @ 0x2] [warning] style',
      '    Last message repeated 9 times',
      'frame=10',
      'out_time=00:00:02.000000',
      'speed=1.5x',
      'progress=continue',
      'frame=12',
      'out_time=00:00:01.900000',
      'speed=N/A',
      'progress=end',
    ];
    expect(lines.filter((line) => log.take(line))).toEqual(['progress=continue', 'progress=end']);
    expect(log.progress()).toEqual({ frames: 12, outSeconds: 2, speed: 0 });
    expect(log.result()).toEqual({ frames: 12, outSeconds: 2, errors: ['no frame!'], errorCount: 3 });
    expect(log.tail()).toEqual(['no frame!', 'style']);
  });

  it('keeps 200 errors and counts them all', () => {
    const log = createFfmpegLog();
    for (let n = 0; n < 1000; n += 1) log.take(`[error] ${n}`);
    expect([log.result().errors.length, log.result().errorCount, log.tail().length]).toEqual([200, 1000, 20]);
  });
});
