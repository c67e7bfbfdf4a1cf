import { describe, expect, it } from 'vitest';
import { audioFilter, gridFilter, outputLimitSeconds, renditionArgs } from '../../shared/core/ffmpeg-args.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { deinterlaceFilter, pictureFilter } from '../../shared/core/picture-filter.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { PROBE } from '../fixtures/jobs.ts';

const PLAN = planJob(PROBE, DEFAULT_PROFILE, 'hash');
const INPUT = { url: 'file:/scratch/source', protocols: 'file' };
const TAGS = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';

function argsOf(probe: Probe, threads?: number): string[] {
  const plan = planJob(probe, DEFAULT_PROFILE, 'hash');
  const rendition = plan.renditions[0];
  if (!rendition) throw new Error('A plan has at least one rendition.');
  return renditionArgs({
    plan,
    rendition,
    probe,
    input: INPUT,
    outputFile: '/scratch/480p.mp4',
    ...(threads === undefined ? {} : { threads }),
  });
}

describe('renditionArgs', () => {
  it('writes the whole command line', () => {
    expect(argsOf(PROBE)).toEqual([
      ...['-nostdin', '-hide_banner', '-nostats', '-progress', 'pipe:2', '-loglevel', 'level+warning'],
      ...['-err_detect', 'crccheck'],
      ...['-protocol_whitelist', 'file'],
      ...['-format_whitelist', 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,mxf'],
      ...['-max_pixels', '40000000', '-max_streams', '100', '-i', 'file:/scratch/source'],
      ...['-map', '0:v:0', '-filter:v'],
      `fps=fps=24/1:start_time=0:round=near,setpts=PTS-STARTPTS,scale=854:480:flags=bicubic:in_color_matrix=bt709:in_range=tv:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,${TAGS}`,
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-profile:v',
        'high',
        '-8x8dct',
        '1',
        '-pix_fmt',
        'yuv420p',
      ],
      ...['-crf', '23', '-maxrate', '1500000', '-bufsize', '3000000'],
      ...['-g', '48', '-keyint_min', '48', '-sc_threshold', '0', '-flags:v', '+cgop'],
      ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
      ...['-map', '0:a:0', '-filter:a'],
      'aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo',
      ...['-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', '128000', '-ar', '48000', '-ac', '2'],
      ...['-max_error_rate', '1', '-t', '80'],
      ...['-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1', '-max_muxing_queue_size', '4096'],
      ...['-movflags', '+faststart', '-f', 'mp4', '/scratch/480p.mp4'],
    ]);
  });

  it('maps no sound where there is none, and sets threads when told', () => {
    const args = argsOf({ ...PROBE, audio: null }, 2).join(' ');
    expect(args).toContain(' -threads:v 2 -an -max_error_rate ');
    expect(args).not.toContain('0:a');
  });

  it('puts deinterlacing before the grid', () => {
    const args = argsOf({ ...PROBE, video: { ...PROBE.video, interlaced: true } });
    expect(args[args.indexOf('-filter:v') + 1]).toMatch(
      /^bwdif=mode=send_frame:parity=auto:deint=interlaced,fps=/,
    );
  });
});

describe('timeline', () => {
  const late = { ...PROBE, containerStartSeconds: 1, startSeconds: 1.5 };

  it('starts at the first used track where an unused one is earlier', () => {
    expect(gridFilter({ num: 25, den: 1 }, late)).toEqual([
      'fps=fps=25/1:start_time=0.5:round=near',
      'setpts=PTS-STARTPTS',
    ]);
    expect(audioFilter({ audioOrdinal: 0, bitrate: 1, sampleRate: 48_000 }, audio(2), late)[0]).toBe(
      'asetpts=PTS-0.5/TB',
    );
  });

  it("leaves a jumping clock to ffmpeg's own shift", () => {
    expect(gridFilter({ num: 25, den: 1 }, { ...late, container: 'mpegts' })[0]).toContain('start_time=0:');
  });

  it('leaves the start to the first frame of a silent file that does not tell it', () => {
    const untold = { ...PROBE, containerStartSeconds: null };
    const grid = (probe: Probe) => gridFilter({ num: 25, den: 1 }, probe)[0];
    expect(grid({ ...untold, audio: null })).toBe('fps=fps=25/1:round=near');
    expect(grid(untold)).toBe('fps=fps=25/1:start_time=0:round=near');
  });

  it('holds the last frame until the end that the source tells', () => {
    expect(gridFilter({ num: 25, den: 2 }, { ...PROBE, pictureEndSeconds: 3.56 })).toEqual([
      'fps=fps=25/2:start_time=0:round=near',
      'tpad=stop=7500:stop_mode=clone',
      'trim=end_frame=45',
      'setpts=PTS-STARTPTS',
    ]);
  });

  it('takes the first two of more channels than a layout is known for', () => {
    expect(audioFilter({ audioOrdinal: 0, bitrate: 1, sampleRate: 48_000 }, audio(16), PROBE)).toEqual([
      'pan=stereo|c0=c0|c1=c1',
      'aresample=48000:async=1:first_pts=0',
      'aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo',
    ]);
  });

  it('bounds the output far beyond the declared length', () => {
    expect([
      outputLimitSeconds({ durationSeconds: 10 }),
      outputLimitSeconds({ durationSeconds: null }),
    ]).toEqual([80, 21_600]);
  });
});

describe('pictureFilter', () => {
  const size = { width: 640, height: 360 };

  it.each([
    [
      'BT.601 in full range',
      { colorSpace: 'bt470bg', colorRange: 'pc' },
      [
        'scale=640:360:flags=bicubic:in_color_matrix=bt601:in_range=pc:out_color_matrix=bt709:out_range=tv',
        'format=yuv420p',
        'setsar=1',
        TAGS,
      ],
    ],
    [
      'RGB',
      { colorSpace: 'gbr', colorRange: 'pc' },
      ['scale=640:360:flags=bicubic:out_color_matrix=bt709:out_range=tv', 'format=yuv420p', 'setsar=1', TAGS],
    ],
    [
      'BT.2020 without HDR',
      { colorSpace: 'bt2020nc' },
      [
        'scale=640:360:flags=bicubic',
        'setsar=1',
        'zscale=min=2020_ncl:pin=bt2020:tin=2020_10:rin=tv:m=bt709:p=bt709:t=bt709:r=tv:d=error_diffusion',
        'format=yuv420p',
        TAGS,
      ],
    ],
    [
      'HLG',
      { colorSpace: 'bt2020nc', tonemap: 'hlg' },
      [
        'scale=640:360:flags=bicubic',
        'setsar=1',
        'zscale=min=2020_ncl:pin=bt2020:tin=arib-std-b67:rin=tv:t=linear:npl=100',
        'format=gbrpf32le',
        'zscale=p=bt709',
        'tonemap=tonemap=hable:desat=0',
        'zscale=m=bt709:t=bt709:r=tv',
        'format=yuv420p',
        TAGS,
      ],
    ],
  ] as const)('converts %s', (_name, picture, expected) => {
    expect(pictureFilter({ ...PLAN.picture, ...picture }, size)).toEqual(expected);
  });

  it('weaves fields only where there are any', () => {
    expect(deinterlaceFilter(PLAN.picture)).toEqual([]);
    expect(deinterlaceFilter({ ...PLAN.picture, deinterlace: true })).toHaveLength(1);
  });
});

const AUDIO = {
  ...{ ordinal: 0, codec: 'aac', profile: 'LC', sampleRate: 48_000 },
  ...{ startSeconds: 0, durationSeconds: 10, frames: null, bitrate: null },
};

function audio(channels: number) {
  return { ...AUDIO, channels };
}
