import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { FAST_PROFILE, renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const both = () => [...picture({ seconds: 2 }), ...tone(2)];
const OPEN_GOP = [
  ...H264,
  '-preset',
  'veryfast',
  '-x264-params',
  'open-gop=1:keyint=12:bframes=3:b-pyramid=2',
];
const HEVC = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error:open-gop=1:keyint=12',
];

/** Name of the file, and how it is encoded. */
const SOUND: readonly (readonly [string, readonly string[]])[] = [
  ['h264.mp4', H264],
  ['h264.mov', H264],
  ['h264.mkv', H264],
  ['h264.ts', H264],
  ['h264.flv', H264],
  ['h264-mp3.avi', [...H264, '-c:a', 'libmp3lame']],
  ['fragments.mp4', [...H264, '-movflags', '+frag_keyframe+empty_moov']],
  ['open-gop.mp4', OPEN_GOP],
  ['open-gop.ts', OPEN_GOP],
  ['hevc.mp4', [...HEVC, '-tag:v', 'hvc1']],
  ['hevc-10.ts', [...HEVC, '-pix_fmt', 'yuv420p10le', '-c:a', 'ac3']],
  ['mpeg2.ts', ['-c:v', 'mpeg2video', '-bf', '2', '-c:a', 'mp2']],
  ['mpeg2.mpg', ['-c:v', 'mpeg2video', '-bf', '2', '-c:a', 'mp2']],
  ['mpeg1.mpg', ['-c:v', 'mpeg1video', '-c:a', 'mp2']],
  ['mpeg2.mxf', ['-c:v', 'mpeg2video', '-c:a', 'pcm_s16le', '-ar', '48000']],
  ['mpeg4.avi', ['-c:v', 'mpeg4', '-bf', '2', '-c:a', 'libmp3lame']],
  ['mpeg4.mp4', ['-c:v', 'mpeg4', '-c:a', 'aac']],
  ['vp8.webm', ['-c:v', 'libvpx', '-c:a', 'libvorbis']],
  ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
  ['theora.ogg', ['-c:v', 'libtheora', '-c:a', 'libvorbis']],
  ['wmv.wmv', ['-c:v', 'wmv2', '-c:a', 'wmav2']],
  ['mjpeg.mov', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-c:a', 'pcm_s16le']],
  ['prores.mov', ['-c:v', 'prores_ks', '-c:a', 'pcm_s24le']],
  ['late.mp4', [...H264, '-output_ts_offset', '10']],
  ['late.mkv', [...H264, '-output_ts_offset', '10']],
  ['late.flv', [...H264, '-output_ts_offset', '10']],
  ['late.ts', [...H264, '-output_ts_offset', '36000']],
];

describe.each(FFMPEG_BUILDS)('the $build build', ({ program }) => {
  it.each(SOUND)('makes all of a sound %s, without a warning', async (name, args) => {
    const source = await clips.make(name, [...both(), ...args]);
    const made = await renderClip(source, FAST_PROFILE, program);
    expect(made.warnings).toEqual([]);
    expect(Math.abs(made.facts.durationSeconds - (made.probe.durationSeconds ?? 2))).toBeLessThan(0.15);
    expect(Math.abs(made.facts.durationSeconds - 2)).toBeLessThan(0.15);
  });

  it.each(['mp4', 'mkv', 'ts'])(
    'takes a %s that was cut by copying at a point without a keyframe',
    async (container) => {
      const whole = await clips.make(`whole.${container}`, [...both(), ...OPEN_GOP]);
      const source = await clips.make(`by-copy.${container}`, ['-ss', '0.7', '-i', whole, '-c', 'copy']);
      expect((await renderClip(source, FAST_PROFILE, program)).warnings).toEqual([]);
    },
  );
});
