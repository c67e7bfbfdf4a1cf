import { describe, expect, it } from 'vitest';
import { renditionArgs } from '../../shared/core/ffmpeg-args.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { type LadderArgsOptions, ladderArgs } from '../../shared/core/ladder-args.ts';
import { ladderThreads } from '../../shared/core/ladder-threads.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { stillFrames } from '../../shared/core/still-frames.ts';
import { teeTarget } from '../../shared/core/tee-target.ts';
import { PROBE } from '../fixtures/jobs.ts';

const INPUT = { url: 'file:/scratch/source', protocols: 'file' };
const TAGS = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';
const QUIET = ['-nostdin', '-hide_banner', '-nostats', '-progress', 'pipe:2', '-loglevel', 'level+warning'];
const SAFE_INPUT = [
  ...['-protocol_whitelist', 'file'],
  ...['-format_whitelist', 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,mxf'],
  ...['-max_pixels', '40000000', '-max_streams', '100', '-i', 'file:/scratch/source'],
];
const STILLS = { tiles: '/scratch/tiles.rgb', posters: '/scratch/posters.rgb' };

function argsOf(probe: Probe, options: Partial<LadderArgsOptions> & { rungs?: number } = {}): string[] {
  const plan = planJob(probe, DEFAULT_PROFILE, 'hash');
  return ladderArgs({
    plan,
    probe,
    input: INPUT,
    outputs: plan.renditions
      .slice(0, options.rungs ?? 2)
      .map((rendition) => ({ rendition, file: `/scratch/${rendition.name}.mp4` })),
    sound: true,
    stills: null,
    ...options,
  });
}

function graphOf(args: readonly string[]): string[] {
  return (args[args.indexOf('-filter_complex') + 1] ?? '').split(';');
}

const scaled = (size: string) =>
  `scale=${size}:flags=bicubic:in_color_matrix=bt709:in_range=tv:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,${TAGS}`;
const toRgb =
  'scale=flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgb24,setpts=PTS+100000/TB';

describe('ladderArgs', () => {
  it('writes the whole command line', () => {
    const encoder = (stream: string, bitrate: number) => [
      ...[`-c:${stream}`, 'libx264', `-preset:${stream}`, 'veryfast', `-profile:${stream}`, 'high'],
      ...[`-8x8dct:${stream}`, '1', `-pix_fmt:${stream}`, 'yuv420p', `-crf:${stream}`, '23'],
      ...[`-maxrate:${stream}`, String(bitrate), `-bufsize:${stream}`, String(bitrate * 2)],
      ...[`-g:${stream}`, '48', `-keyint_min:${stream}`, '48', `-sc_threshold:${stream}`, '0'],
      ...[
        `-flags:${stream}`,
        '+cgop',
        `-colorspace:${stream}`,
        'bt709',
        `-color_primaries:${stream}`,
        'bt709',
      ],
      ...[`-color_trc:${stream}`, 'bt709', `-color_range:${stream}`, 'tv', `-threads:${stream}`, '3'],
    ];
    expect(argsOf(PROBE, { stills: STILLS, threads: { decoder: 2, encoder: 3 } })).toEqual([
      ...[...QUIET, '-err_detect', 'crccheck', '-threads', '2', ...SAFE_INPUT, '-filter_complex'],
      [
        '[0:v:0]fps=fps=24/1:start_time=0:round=near,setpts=PTS-STARTPTS,trim=end_frame=1920,split=4[to-v0][to-v1][to-tiles][to-posters]',
        `[to-v0]${scaled('854:480')}[v0]`,
        `[to-v1]${scaled('1280:720')}[v1]`,
        `[to-tiles]select='not(mod(n,48))',${scaled('160:90')},${toRgb}[tiles]`,
        `[to-posters]select='eq(n,0)+eq(n,24)+eq(n,60)+eq(n,96)+eq(n,120)+eq(n,180)+eq(n,204)',${scaled('1280:720')},${toRgb}[posters]`,
      ].join(';'),
      ...['-max_error_rate', '1', '-vsync', '0', '-map', '[v0]', '-map', '[v1]'],
      ...[...encoder('v:0', 1_500_000), ...encoder('v:1', 3_500_000), '-flags:v', '+cgop+global_header'],
      ...['-map', '0:a:0', '-filter:a'],
      'aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo',
      ...['-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', '128000', '-ar', '48000', '-ac', '2'],
      ...['-t', '80', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-max_muxing_queue_size', '4096', '-avoid_negative_ts', 'disabled', '-f', 'tee'],
      "[f=mp4:movflags=+faststart:select=\\'v:0,a\\']file:/scratch/480p.mp4|[f=mp4:movflags=+faststart:select=\\'v:1,a\\']file:/scratch/720p.mp4",
      ...['-map', '[tiles]', '-vsync', '0', '-f', 'rawvideo', '-y', '/scratch/tiles.rgb'],
      ...['-map', '[posters]', '-vsync', '0', '-f', 'rawvideo', '-y', '/scratch/posters.rgb'],
    ]);
  });

  it('writes what a rendition alone is made with, where there is but one', () => {
    const plan = planJob(PROBE, DEFAULT_PROFILE, 'hash');
    const rendition = plan.renditions[0];
    if (rendition === undefined) throw new Error('The plan has renditions.');
    const alone = renditionArgs({
      plan,
      rendition,
      probe: PROBE,
      input: INPUT,
      outputFile: '/scratch/480p.mp4',
    });
    const ladder = argsOf(PROBE, { rungs: 1 });
    const from = (args: readonly string[], first: string) =>
      args.slice(args.indexOf(first), args.indexOf('-t'));
    expect(from(ladder, '-c:v')).toEqual(
      from(alone, '-c:v').filter(
        (arg, at, all) => arg !== '-max_error_rate' && all[at - 1] !== '-max_error_rate',
      ),
    );
    expect(ladder.slice(ladder.indexOf('-t'))).toEqual(alone.slice(alone.indexOf('-t')));
  });

  it('writes each file by itself where there is no sound to share', () => {
    for (const args of [argsOf({ ...PROBE, audio: null }), argsOf(PROBE, { sound: false })]) {
      expect(args.filter((arg) => arg.endsWith('.mp4'))).toEqual(['/scratch/480p.mp4', '/scratch/720p.mp4']);
      expect(args.filter((arg) => arg === '-an')).toHaveLength(2);
      expect(args).not.toContain('tee');
      expect(args.join(' ')).not.toContain('0:a');
    }
  });

  it('chooses no posters where the length is not declared', () => {
    const args = argsOf({ ...PROBE, durationSeconds: null }, { stills: STILLS });
    expect(graphOf(args).map((branch) => /\[[^\]]+\]$/.exec(branch)?.[0])).toEqual([
      '[to-tiles]',
      '[v0]',
      '[v1]',
      '[tiles]',
    ]);
    expect(args).not.toContain('/scratch/posters.rgb');
  });

  it('weaves fields and tells the range of HDR once for each picture', () => {
    const video = { ...PROBE.video, interlaced: true, hdr: 'hlg', colorSpace: 'bt2020nc' } as const;
    const graph = graphOf(argsOf({ ...PROBE, video }, { stills: STILLS }));
    expect(graph.map((branch) => branch.includes('bwdif'))).toEqual([true, false, false, false, false]);
    expect(graph.map((branch) => branch.includes('tonemap='))).toEqual([false, true, true, true, true]);
  });

  it('needs something to make', () => {
    expect(() => argsOf(PROBE, { outputs: [] })).toThrow(RangeError);
  });
});

describe('stillFrames', () => {
  const plan = planJob(PROBE, DEFAULT_PROFILE, 'hash');

  it('takes a tile at every interval and candidates throughout', () => {
    expect(stillFrames(plan, { num: 30_000, den: 1001 })).toEqual({
      tileEvery: 60,
      posters: [30, 75, 120, 150, 225, 255],
    });
  });

  it('takes none twice', () => {
    const brief = { ...plan, durationSeconds: 0.1 };
    expect(stillFrames(brief, { num: 25, den: 1 }).posters).toEqual([0, 1, 2]);
  });
});

describe('teeTarget', () => {
  it('escapes what ffmpeg would read as its own', () => {
    expect(
      teeTarget([
        { file: "/a b/it's|[1]\\x.mp4", streams: ['v:0', 'a'] },
        { file: '/c.mp4', streams: ['v:1'] },
      ]),
    ).toBe(
      "[f=mp4:movflags=+faststart:select=\\'v:0,a\\']file:/a\\ b/it\\'s\\|[1]\\\\x.mp4|[f=mp4:movflags=+faststart:select=\\'v:1\\']file:/c.mp4",
    );
  });
});

describe('ladderThreads', () => {
  it.each([
    [0.5, { decoder: 1, encoder: 1 }],
    [1, { decoder: 1, encoder: 1 }],
    [2, { decoder: 2, encoder: 3 }],
    [4, { decoder: 4, encoder: 6 }],
    [16, { decoder: 16, encoder: 16 }],
  ])('keeps %d processors busy', (vcpus, threads) => {
    expect(ladderThreads(vcpus)).toEqual(threads);
  });
});
