import { expect, it } from 'vitest';
import { probeFailure } from '../../shared/core/probe-failure.ts';

const refused = (format: string) =>
  `[${format} @ 0x20a08380] [error] Format not on whitelist 'mov,mp4,m4a'\n[error] file:source: Invalid argument`;
const guess =
  '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] [warning] Format mov,mp4,m4a,3gp,3g2,mj2 detected only with low score of 1, misdetection possible!\n[mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] [error] moov atom not found';

it.each([
  ['a playlist', refused('hls'), 'input.unsupported'],
  ['an image', refused('png_pipe'), 'input.unsupported'],
  ['a sound file', refused('mp3'), 'input.no_video'],
  ['a guess by the file name', guess, 'input.unsupported'],
  ['nothing known', '[error] file:source: Invalid data found when processing input', 'input.unsupported'],
  ['an MP4 without its index', '[mov,mp4 @ 0x1] [error] moov atom not found', 'input.corrupt'],
  [
    'a broken Matroska file',
    '[matroska,webm @ 0x1] [error] 0x00 at pos 186 (0xba) invalid as first byte of an EBML number',
    'input.corrupt',
  ],
  [
    'a thousand tracks',
    '[mov,mp4 @ 0x1] [error] Number of streams exceeds max_streams parameter (100), see the documentation\n[mov,mp4 @ 0x1] [error] error reading header',
    'input.unsupported',
  ],
  [
    'a huge picture',
    '[h264 @ 0x1] [IMGUTILS @ 0x2] [error] Picture size 8192x8192 exceeds specified max pixel count 40000000, see',
    'input.too_many_pixels',
  ],
])('%s', (_name, stderr, code) => {
  expect(probeFailure(stderr)).toMatchObject({ code, retryable: false });
});

it('says what was found, and nothing of where', () => {
  expect(probeFailure(refused('gif')).message).toBe(
    'The file is not a video that can be read: a video file such as MP4, MOV, MKV, WebM, AVI or MPEG-TS was expected; its content is of the type "gif".',
  );
});
