import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canChunk } from '../../shared/core/chunks/can-chunk.ts';
import { chunkName } from '../../shared/core/chunks/chunk-names.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { type ChunkTools, makeAllParts, makePart, makeWhole, openForChunks } from '../helpers/chunk-clip.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { countedPicture, packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { peakFill } from '../helpers/peak-fill.ts';
import { FAST_PROFILE } from '../helpers/render-clip.ts';
import { similarity } from '../helpers/similarity.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const SECONDS = 7;
const both = (rate: string, seconds = SECONDS) => [...countedPicture(rate, seconds), ...tone(seconds)];
const REORDERED = [...H264, '-preset', 'veryfast', '-bf', '3'];
/** Everything six times as short as by default: chunks of 1, 2 and 5 seconds stand for 6, 12 and 30. */
const SIXTH = { profile: { ...FAST_PROFILE, preset: 'veryfast', gopSeconds: 1 / 3 } } as const;
const LENGTHS = [1, 2, 5];
const RATES = ['24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60'];
/** A rate that changes: every third frame, then all, then pauses of a second. */
const VARIABLE = [
  ...['-vf', "select='if(lt(t,2),not(mod(n,3)),if(lt(t,4),1,not(mod(n,30))))'", '-vsync', 'vfr'],
  ...[...REORDERED, '-g', '40'],
];
const FIELDS = ['-vf', 'tinterlace=interleave_top,setfield=tff', '-flags', '+ildct+ilme', '-top', '1'];
const HEVC = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error:open-gop=1:keyint=50',
];
const OPEN_GOP = ['-x264-params', 'open-gop=1:keyint=40:b-pyramid=2'];

/** Name of the file, and how it is made. */
const SOURCES: readonly (readonly [string, readonly string[]])[] = [
  ['variable.mp4', [...both('30'), ...VARIABLE]],
  ['variable.mkv', [...both('30'), ...VARIABLE]],
  ['sparse.mp4', [...both('25'), ...REORDERED, '-g', '999', '-sc_threshold', '0']],
  ['open-gop.mp4', [...both('25'), ...REORDERED, ...OPEN_GOP]],
  ['hevc.mp4', [...both('25'), ...HEVC, '-tag:v', 'hvc1']],
  ['vp9.webm', [...both('25'), ...'-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -g 60'.split(' ')]],
  ['fields.mp4', [...both('50'), ...FIELDS, ...REORDERED, '-g', '40']],
  ['late-picture.mp4', ['-itsoffset', '1.43', ...both('25'), ...REORDERED, '-g', '60']],
  ['plain.ts', [...countedPicture('25', SECONDS), ...REORDERED, '-g', '53']],
  ['open-gop.ts', [...countedPicture('25', SECONDS), ...REORDERED, ...OPEN_GOP]],
  ['hevc.ts', [...countedPicture('25', SECONDS), ...HEVC]],
  [
    'late.ts',
    [...countedPicture('30000/1001', SECONDS), ...REORDERED, '-g', '53', '-output_ts_offset', '36000'],
  ],
];

describe.each(FFMPEG_BUILDS)('chunks made by the $build build', ({ program }) => {
  const expectExact = async (source: string, lengths: readonly number[]) => {
    const open = (segmentsPerChunk: number) => openForChunks(source, { ...SIXTH, program, segmentsPerChunk });
    const whole = await makeWhole(await open(1));
    const numbers = await shownNumbers(whole);
    const packets = (await soundOf(whole)).length;
    for (const length of lengths) {
      const tools = await open(length);
      expect(canChunk(tools.probe, tools.plan)).toBe(true);
      expect(tools.chunks.chunks).toBeGreaterThan(1);
      const made = await makeAllParts(tools);
      expect(await shownNumbers(made.pictureFile), `chunks of ${length}`).toEqual(numbers);
      // The encoder's priming is left out.
      if (made.soundFile !== null) expect(await soundOf(made.soundFile)).toHaveLength(packets - 1);
      expect(new Set(made.picture.map(({ config }) => config)).size).toBe(1);
      expectInStep(tools, made);
    }
    return numbers;
  };

  it.each(RATES)('show every frame once, in order, at %s frames a second', async (rate) => {
    const name = `rate-${rate.replace('/', '-')}.mp4`;
    const source = await clips.make(name, [...both(rate), ...REORDERED, '-g', '53']);
    const numbers = await expectExact(source, LENGTHS);
    expect(numbers).toEqual(numbers.map((_number, index) => index));
  });

  it.each(SOURCES)('are what one process makes of %s', async (name, args) => {
    await expectExact(await clips.make(name, args), [2]);
  });

  it('are what one process makes of what an edit list cuts', async () => {
    const whole = await clips.make('uncut.mp4', [...both('25', 9), ...REORDERED, '-g', '60']);
    await expectExact(await clips.make('cut.mp4', ['-ss', '1.3', '-i', whole, '-c', 'copy']), [2]);
  });

  it('are not made of a source without keyframes far from its begin', async () => {
    const args = [
      ...picture({ rate: '10', size: '64x36', seconds: 80 }),
      ...H264,
      '-g',
      '9999',
      '-sc_threshold',
      '0',
    ];
    const tools = await openForChunks(await clips.make('one-keyframe.mp4', args), { program });
    await expect(makePart(tools, chunkName({ kind: 'picture', index: 12 }))).rejects.toThrow(NotSplittable);
  });

  it.each([1, 2, 5])(
    'of %i segments are as good and as large, and keep to the cap where they meet',
    async (length) => {
      const source = await clips.make('detail.mp4', [
        ...[...picture({ seconds: 36 }), '-vf', 'noise=alls=12:allf=t'],
        ...[...REORDERED, '-g', '100'],
      ]);
      const rungs = FAST_PROFILE.rungs.map((rung) => ({ ...rung, maxBitrate: 700_000 }));
      const profile = { ...FAST_PROFILE, preset: 'veryfast', rungs } as const;
      const tools = await openForChunks(source, { profile, program, segmentsPerChunk: length });
      const { pictureFile } = await makeAllParts(tools);
      const whole = await makeWhole(tools);
      const [ours, theirs] = [await similarity(pictureFile, source), await similarity(whole, source)];
      expect(Math.abs(ours - theirs)).toBeLessThan(0.002);
      expect(Math.abs((await stat(pictureFile)).size / (await stat(whole)).size - 1)).toBeLessThan(0.05);
      expect(await peakFill(pictureFile, 700_000)).toBeLessThan(1);
    },
  );

  it('do not drift over two hours', async () => {
    const hours = await clips.make('two-hours.mov', [
      ...countedPicture('1', 7200),
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000:duration=7200'],
      ...[...H264, '-g', '30', '-c:a', 'pcm_u8'],
    ]);
    const tools = await openForChunks(hours, { program, segmentsPerChunk: 5 });
    const { chunks, declaredFrames, audio } = tools.chunks;
    expect([declaredFrames, audio?.pieces]).toEqual([72_000, 150]);
    for (const index of [chunks >> 1, chunks - 1]) {
      const [media] = (await makePart(tools, chunkName({ kind: 'picture', index }))).media ?? [];
      if (!media) throw new Error('nothing was made');
      const first = Math.round((media.start / media.timescale) * 10);
      const shown = await shownNumbers(media.file);
      expect(shown).toEqual(shown.map((_number, frame) => Math.floor((first + frame) / 10) % 1024));
      if (index === chunks - 1) expect(first + shown.length).toBe(72_000);
    }
    const [last] = (await makePart(tools, chunkName({ kind: 'audio', index: 149 }))).media ?? [];
    expect(Math.abs(endOf(last ?? null) - 7200)).toBeLessThan(0.05);
  });
});

type Ending = Parameters<typeof endOf>[0];

/** Seconds at which a media file ends. */
function endOf(media: Awaited<ReturnType<typeof makeAllParts>>['picture'][number] | null): number {
  if (media === null) return Number.NaN;
  const length = media.segments.reduce((sum, { duration }) => sum + duration, 0);
  return (media.start + length) / media.timescale;
}

/** Picture and sound end as in the source, to a frame of either. */
function expectInStep(
  { probe, plan }: ChunkTools,
  { picture: frames, sound }: { readonly picture: readonly Ending[]; readonly sound: readonly Ending[] },
): void {
  const rate = plan.renditions[0]?.frameRate ?? { num: 1, den: 1 };
  const audioEnd = probe.audio?.durationSeconds;
  // After a last pause, ffmpeg lets the picture end when the frame before would have given way.
  if (
    probe.video.variableFrameRate ||
    !/^mov/.test(probe.container) ||
    probe.video.durationSeconds === null ||
    audioEnd == null
  )
    return;
  const declared =
    probe.video.startSeconds + probe.video.durationSeconds - (probe.audio?.startSeconds ?? 0) - audioEnd;
  const made = endOf(frames.at(-1) ?? null) - endOf(sound.at(-1) ?? null);
  expect(Math.abs(made - declared)).toBeLessThan(rate.den / rate.num + 1024 / 48_000);
}

/** Contents of the packets of a file's sound; none without. */
async function soundOf(file: string): Promise<string[]> {
  return (await packetsOf(file, 'a')).flatMap((line) => line.match(/MD5:\w+/g) ?? []);
}
