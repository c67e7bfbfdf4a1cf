import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaHead } from '../../shared/core/mp4/media-head.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { makeAllParts, makePart, makeWhole, openForChunks } from '../helpers/chunk-clip.ts';
import { type ClipFolder, createClipFolder, H264, tone } from '../helpers/clips.ts';
import { countedPicture, packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { FAST_PROFILE } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

/** Segments of one second, chunks of two. */
const SHORT = {
  profile: { ...FAST_PROFILE, preset: 'veryfast', gopSeconds: 0.5 },
  gopsPerSegment: 2,
  segmentsPerChunk: 2,
} as const;

/** Five seconds of 29.97 frames with B-frames, keyframes nowhere near the chunks', sound. */
const sound = () =>
  clips.make('sound.mp4', [
    ...[...countedPicture('30000/1001', 5), ...tone(5)],
    ...[...H264, '-preset', 'veryfast', '-bf', '3', '-g', '40'],
  ]);

describe('chunks behind one another', () => {
  it('are what one process makes: every frame once, in order, at its time, and the sound', async () => {
    const tools = await openForChunks(await sound(), SHORT);
    const made = await makeAllParts(tools);
    const frames = Array.from({ length: 150 }, (_, frame) => frame);
    expect(await shownNumbers(made.pictureFile)).toEqual(frames);
    const times = (await packetsOf(made.pictureFile, 'v')).map((line) => Number(line.split(',')[0]));
    expect(times.sort((a, b) => a - b)).toEqual(frames.map((frame) => frame * 1001));
    expect(made.picture.map(({ track, path, start, config }) => [track, path, start, config])).toEqual(
      ['00000', '00001', '00002'].map((name, index) => [
        ...['480p', `hls/480p/${name}.mp4`],
        [0, 30 * 1001, 90 * 1001][index],
        made.picture[0]?.config,
      ]),
    );
    const whole = await makeWhole(tools);
    expect(await shownNumbers(whole)).toEqual(frames);
    const contents = async (file: string) =>
      (await packetsOf(file, 'a')).flatMap((line) => line.match(/MD5:\w+/g) ?? []);
    // The first packet of the whole is the encoder's priming.
    expect(await contents(made.soundFile ?? '')).toEqual((await contents(whole)).slice(1));
    expect(made.sound.map(({ path, start, timescale }) => [path, start, timescale])).toEqual([
      ['hls/audio/00000.mp4', 0, 48_000],
    ]);
  });

  it.each(FFMPEG_BUILDS)(
    'carry the sound of the source as it is, by the $build build',
    async ({ program }) => {
      const source = await clips.make('stereo.mp4', [
        '-i',
        await sound(),
        '-c:v',
        'copy',
        '-ac',
        '2',
        '-c:a',
        'aac',
      ]);
      const tools = await openForChunks(source, { ...SHORT, program });
      expect(tools.chunks.audio?.copy).toBe(true);
      const contents = async (file: string) =>
        (await packetsOf(file, 'a')).flatMap((line) => line.match(/MD5:\w+/g) ?? []);
      const audio = { copy: true, packetsPerPiece: 80, pieces: 3 };
      const chunks = { ...tools.chunks, audio };
      const cut = { ...tools, chunks, plan: { ...tools.plan, chunks } };
      const found: string[] = [];
      for (const name of ['audio-00000', 'audio-00001', 'audio-00002']) {
        const [piece] = (await makePart(cut, name)).media ?? [];
        expect(piece?.start).toBe(found.length * 1024);
        // Of the first alone: the packet before time 0, without which decoders fade in.
        const { priming } = parseMediaHead(await readFile(piece?.file ?? ''));
        expect(priming).toHaveLength(found.length === 0 ? 1 : 0);
        found.push(...(await contents(piece?.file ?? '')));
      }
      expect(found).toEqual((await contents(source)).slice(1));
    },
  );
});

describe('a chunk', () => {
  it('is not made of a damaged part, but of any other', async () => {
    const bytes = await readFile(await sound());
    const from = Math.floor(bytes.length * 0.8);
    for (let at = from; at < from + 3000; at += 97) bytes[at] = 255;
    const file = (await sound()).replace('sound', 'damaged');
    await writeFile(file, bytes);
    const tools = await openForChunks(file, SHORT);
    await expect(makePart(tools, 'chunk-00002')).rejects.toThrow(NotSplittable);
    expect((await makePart(tools, 'chunk-00001')).media).toHaveLength(1);
  });

  it('is not made where the source has less than it says', async () => {
    const tools = await openForChunks(await sound(), SHORT);
    const chunks = { ...tools.chunks, declaredFrames: 200 };
    const lying = { ...tools, plan: { ...tools.plan, chunks }, chunks };
    await expect(makePart(lying, 'chunk-00002')).rejects.toThrow('60 frames from frame 90 on');
  });
});
