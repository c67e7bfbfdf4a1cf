import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canSplit } from '../../shared/core/ranges/can-split.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { encodeRanges } from '../../shared/tasks/ladder/encode-ranges.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { countedPicture, packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { similarity } from '../helpers/similarity.ts';
import { encodeInOnePiece, openForSplit, singleOf } from '../helpers/split-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const SECONDS = 13;
const both = (rate: string, seconds = SECONDS) => [...countedPicture(rate, seconds), ...tone(seconds)];
const REORDERED = [...H264, '-preset', 'veryfast', '-bf', '3'];
/** A rate that changes: every third frame, then all, then pauses of two seconds. */
const VARIABLE = [
  ...['-vf', "select='if(lt(t,4),not(mod(n,3)),if(lt(t,8),1,not(mod(n,60))))'", '-vsync', 'vfr'],
  ...[...REORDERED, '-g', '40'],
];
const HEVC = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error:open-gop=1:keyint=50',
];

/** Name of the file, and how it is made. */
const SOURCES: readonly (readonly [string, readonly string[]])[] = [
  ...['24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60', '12', '14.3'].map(
    (rate) => [`rate-${rate.replace('/', '-')}.mp4`, [...both(rate), ...REORDERED, '-g', '53']] as const,
  ),
  ...['24000/1001', '30000/1001', '59.5'].map(
    (rate) => [`rate-${rate.replace('/', '-')}.mkv`, [...both(rate), ...REORDERED, '-g', '53']] as const,
  ),
  ['coarse-clock.mov', [...both('30000/1001'), ...REORDERED, '-g', '50', '-video_track_timescale', '600']],
  ['variable.mp4', [...both('30'), ...VARIABLE]],
  ['variable.mkv', [...both('30'), ...VARIABLE]],
  ['aligned.mp4', [...both('25'), ...REORDERED, '-g', '50', '-keyint_min', '50', '-sc_threshold', '0']],
  ['index-first.mp4', [...both('25'), ...REORDERED, '-g', '60', '-movflags', '+faststart']],
  ['intra.mov', [...both('25'), '-c:v', 'prores_ks', '-c:a', 'pcm_s16le']],
  ['vp8.webm', [...both('25'), '-c:v', 'libvpx', '-b:v', '1M', '-g', '60', '-c:a', 'libvorbis']],
  ['vp9.webm', [...both('25'), ...'-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -g 60'.split(' ')]],
  ['hevc.mp4', [...both('25'), ...HEVC, '-tag:v', 'hvc1']],
  ['hevc.mkv', [...both('25'), ...HEVC]],
  ['open-gop.mp4', [...both('25'), ...REORDERED, '-x264-params', 'open-gop=1:keyint=40:b-pyramid=2']],
  ['mpeg4.mp4', [...both('25'), '-c:v', 'mpeg4', '-q:v', '2', '-bf', '2', '-g', '40']],
  ['silent.mp4', [...countedPicture('25', SECONDS), ...REORDERED, '-g', '60']],
  ['late.mp4', [...both('25'), ...REORDERED, '-g', '60', '-output_ts_offset', '10']],
  ['late-picture.mp4', ['-itsoffset', '0.43', ...both('25'), ...REORDERED, '-g', '60']],
  [
    'late-sound.mkv',
    [...countedPicture('25', SECONDS), '-itsoffset', '0.43', ...tone(9), ...REORDERED, '-g', '60'],
  ],
  ['long-sound.mp4', [...countedPicture('25', SECONDS), ...tone(16), ...REORDERED, '-g', '60']],
];

describe.each(FFMPEG_BUILDS)('ranges joined by the $build build', ({ program }) => {
  const expectExact = async (source: string, turned = false) => {
    const tools = await openForSplit(source, program);
    const { probe, plan } = tools.request;
    expect(canSplit(probe, plan, 4), 'may be split').toBe(true);
    const joined = singleOf(await encodeRanges(tools.ffmpeg)(tools.request));
    const whole = singleOf(await encodeInOnePiece(tools));
    const numbers = await shownNumbers(joined.file, turned);
    expect(new Set(numbers).size, 'frames that differ').toBeGreaterThan(100);
    expect(numbers).toEqual(await shownNumbers(whole.file, turned));
    expect(await packetsOf(joined.file, 'v')).toEqual(await packetsOf(whole.file, 'v'));
    if (probe.audio) {
      expect(await packetsOf(joined.file, 'a')).toEqual(await packetsOf(whole.file, 'a'));
    }
    expect(joined.run.frames).toBe(whole.run.frames);
    expect((await readFile(joined.tiles)).equals(await readFile(whole.tiles)), 'tiles').toBe(true);
    expect((await readFile(joined.posters)).equals(await readFile(whole.posters)), 'posters').toBe(true);
  };

  it.each(SOURCES)('are what one process makes of %s', async (name, args) => {
    await expectExact(await clips.make(name, args));
  });

  it('are what one process makes of what an edit list cuts', async () => {
    const whole = await clips.make('uncut.mp4', [...both('25', 15), ...REORDERED, '-g', '60']);
    await expectExact(await clips.make('cut.mp4', ['-ss', '1.3', '-i', whole, '-c', 'copy']));
  });

  it('are what one process makes of a turned picture', async () => {
    const upright = await clips.make('upright.mp4', [...both('25'), ...REORDERED, '-g', '60']);
    const turned = ['-i', upright, '-c', 'copy', '-metadata:s:v:0', 'rotate=270'];
    await expectExact(await clips.make('turned.mp4', turned), true);
  });

  it.each([
    ['intra-refresh.mp4', [...both('25'), ...H264, '-x264-params', 'intra-refresh=1:keyint=25:bframes=0']],
    ['one-keyframe.mp4', [...both('25'), ...H264, '-g', '9999', '-sc_threshold', '0']],
    ['fragments.mp4', [...both('25'), ...H264, '-movflags', '+frag_keyframe+empty_moov', '-g', '9999']],
  ])('are not made of %s', async (name, args) => {
    const { ffmpeg: tool, request } = await openForSplit(await clips.make(name, args), program);
    await expect(encodeRanges(tool)(request)).rejects.toThrow(NotSplittable);
  });

  it('begin with the right frame where those before a keyframe lean on what was not read', async () => {
    const source = await clips.make('leaning-back.mp4', [
      ...[...picture({ rate: '24', seconds: 13 }), ...REORDERED, '-g', '60', '-x264-params', 'open-gop=1'],
    ]);
    const tools = await openForSplit(source, program);
    const joined = singleOf(await encodeRanges(tools.ffmpeg)(tools.request));
    const whole = singleOf(await encodeInOnePiece(tools));
    // A tile is taken of the first frame of each GOP, and so of each range.
    expect((await readFile(joined.tiles)).equals(await readFile(whole.tiles)), 'tiles').toBe(true);
    expect(joined.run.frames).toBe(whole.run.frames);
  });

  it('are as good and as large', async () => {
    const source = await clips.make('detail.mp4', [
      ...[...picture({ seconds: 30 }), ...tone(30), '-vf', 'noise=alls=12:allf=t'],
      ...[...REORDERED, '-g', '100'],
    ]);
    const tools = await openForSplit(source, program);
    const joined = singleOf(await encodeRanges(tools.ffmpeg)(tools.request));
    const whole = singleOf(await encodeInOnePiece(tools));
    const [ours, theirs] = [await similarity(joined.file, source), await similarity(whole.file, source)];
    expect(Math.abs(ours - theirs)).toBeLessThan(0.002);
    const bytes = (await stat(joined.file)).size / (await stat(whole.file)).size;
    expect(Math.abs(bytes - 1)).toBeLessThan(0.05);
  });
});
