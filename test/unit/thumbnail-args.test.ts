import { describe, expect, it } from 'vitest';
import type { PicturePlan } from '../../shared/core/plan.ts';
import { framesAtArgs, keyframeTilesArgs } from '../../shared/core/thumbnail-args.ts';

const INPUT = { url: 'http://127.0.0.1:4000/source', protocols: 'http,tcp' };
const PICTURE: PicturePlan = {
  videoOrdinal: 1,
  deinterlace: false,
  tonemap: null,
  colorSpace: 'bt709',
  colorRange: 'tv',
};
const QUIET = '-nostdin -hide_banner -nostats -progress pipe:2 -loglevel level+warning'.split(' ');
const SAFE_INPUT = [
  ...['-protocol_whitelist', 'http,tcp', '-format_whitelist'],
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,mxf',
  ...[
    '-max_pixels',
    '40000000',
    '-max_streams',
    '100',
    '-recv_buffer_size',
    '65536',
    '-i',
    'http://127.0.0.1:4000/source',
  ],
];
const POSTER_FILTER = [
  'scale=1280:720:flags=bicubic:in_color_matrix=bt709:in_range=tv:out_color_matrix=bt709:out_range=tv',
  'format=yuv420p',
  'setsar=1',
  'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709',
  'scale=flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709:in_range=tv:out_range=pc',
  'format=rgb24',
].join(',');

function frames(options: { exact: boolean; picture?: PicturePlan; seconds: number[] }): string[] {
  const files = options.seconds.map((at) => `/s/${at}.rgb`);
  return framesAtArgs({
    input: INPUT,
    picture: PICTURE,
    size: { width: 1280, height: 720 },
    files,
    ...options,
  });
}

describe('framesAtArgs', () => {
  it('takes keyframes near several times in one process, every input with the safe flags', () => {
    const output = (index: number, file: string) => [
      ...['-map', `${index}:v:1`, '-filter:v', POSTER_FILTER, '-frames:v', '1'],
      ...['-vsync', '0', '-f', 'rawvideo', '-y', file],
    ];
    const input = ['-threads', '1', '-skip_frame', 'nokey', '-noaccurate_seek'];
    expect(frames({ exact: false, seconds: [0, 7.5] })).toEqual([
      ...QUIET,
      ...input,
      ...SAFE_INPUT,
      ...input,
      ...['-ss', '7.500'],
      ...SAFE_INPUT,
      ...output(0, '/s/0.rgb'),
      ...output(1, '/s/7.5.rgb'),
    ]);
  });

  it.each([
    { why: 'exact', exact: true, deinterlace: false, skips: false, near: false },
    { why: 'interlaced', exact: false, deinterlace: true, skips: false, near: true },
    { why: 'near', exact: false, deinterlace: false, skips: true, near: true },
  ])('decodes more than keyframes only where it must: $why', ({ exact, deinterlace, skips, near }) => {
    const args = frames({ exact, picture: { ...PICTURE, deinterlace }, seconds: [3] });
    expect(args.includes('-skip_frame')).toBe(skips);
    expect(args.includes('-noaccurate_seek')).toBe(near);
    expect(args.some((arg) => arg.startsWith('bwdif='))).toBe(deinterlace);
  });
});

describe('keyframeTilesArgs', () => {
  it('decodes nothing but keyframes and keeps every n-th', () => {
    const size = { width: 160, height: 90 };
    expect(keyframeTilesArgs({ input: INPUT, every: 3, size, maxTiles: 200, file: '/s/tiles.rgb' })).toEqual([
      ...QUIET,
      ...['-threads', '1', '-skip_frame', 'nokey'],
      ...SAFE_INPUT,
      ...['-map', '0:v:0', '-filter:v'],
      "select='not(mod(n,3))',scale=160:90:flags=bicubic:in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgb24",
      ...['-frames:v', '200', '-vsync', '0', '-f', 'rawvideo', '-y', '/s/tiles.rgb'],
    ]);
  });
});
