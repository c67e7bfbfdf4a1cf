import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { encodeLadder } from '../../shared/tasks/ladder/encode-ladder.ts';
import { encodeRanges } from '../../shared/tasks/ladder/encode-ranges.ts';
import { type ClipFolder, createClipFolder, H264, tone } from '../helpers/clips.ts';
import { countedPicture, packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { encodeInOnePiece, openForSplit, type SplitTools, singleOf } from '../helpers/split-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

/** Ten seconds of 29.97 frames with B-frames, a keyframe every three seconds, sound. */
const sound = () =>
  clips.make('sound.mp4', [
    ...[...countedPicture('30000/1001', 10), ...tone(10)],
    ...[...H264, '-preset', 'veryfast', '-bf', '3', '-g', '90'],
  ]);

describe('ranges joined', () => {
  it('are what one process makes: frames, times, sound and stills', async () => {
    const tools = await openForSplit(await sound());
    const progress: number[] = [];
    const onProgress = (fraction: number) => progress.push(fraction);
    const joined = singleOf(await encodeRanges(tools.ffmpeg)({ ...tools.request, onProgress }));
    const whole = singleOf(await encodeInOnePiece(tools));

    expect(joined.run).toEqual(whole.run);
    expect(await shownNumbers(joined.file)).toEqual(Array.from({ length: 300 }, (_, frame) => frame));
    expect(await packetsOf(joined.file, 'v')).toEqual(await packetsOf(whole.file, 'v'));
    expect(await packetsOf(joined.file, 'a')).toEqual(await packetsOf(whole.file, 'a'));
    expect(await readFile(joined.tiles)).toEqual(await readFile(whole.tiles));
    expect(await readFile(joined.posters)).toEqual(await readFile(whole.posters));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(await readdir(tools.request.scratch)).toEqual(['joined', 'whole']);
  });
});

describe('what cannot be split exactly', () => {
  it.each([
    ['longer than it is', (tools: SplitTools) => declaring(tools, 40)],
    ['shorter than a range', (tools: SplitTools) => declaring(tools, 3)],
  ])('is left whole when it says it is %s', async (_name, change) => {
    const tools = change(await openForSplit(await sound()));
    await expectLeftWhole(tools);
  });

  it('is left whole when it has no keyframes to read from', async () => {
    const file = await clips.make('refresh.mp4', [
      ...countedPicture('25', 10),
      ...[...H264, '-x264-params', 'intra-refresh=1:keyint=25:bframes=0'],
    ]);
    await expectLeftWhole(await openForSplit(file));
  });

  it('is left whole when it is damaged', async () => {
    const bytes = await readFile(await sound());
    for (let at = bytes.length >> 1; at < (bytes.length >> 1) + 4000; at += 97) bytes[at] = 255;
    const file = (await sound()).replace('sound', 'damaged');
    await writeFile(file, bytes);
    await expectLeftWhole(await openForSplit(file));
  });
});

it('ends every process when told to, with the reason', async () => {
  const tools = await openForSplit(await sound());
  const reason = new Error('enough');
  const abort = new AbortController();
  const encoding = encodeRanges(tools.ffmpeg)({
    ...tools.request,
    signal: abort.signal,
    onProgress: () => abort.abort(reason),
  });
  await expect(encoding).rejects.toBe(reason);
  expect(await readdir(tools.request.scratch)).toEqual([]);
});

/** With another length in the headers. */
function declaring({ ffmpeg, request }: SplitTools, durationSeconds: number): SplitTools {
  const video = { ...request.probe.video, durationSeconds };
  const plan = { ...request.plan, durationSeconds };
  return { ffmpeg, request: { ...request, plan, probe: { ...request.probe, durationSeconds, video } } };
}

/** Ranges give up and leave nothing behind; the encoder for the whole is asked instead. */
async function expectLeftWhole({ ffmpeg, request }: SplitTools): Promise<void> {
  const ranges = encodeRanges(ffmpeg);
  await expect(ranges(request)).rejects.toThrow(NotSplittable);
  expect(await readdir(request.scratch)).toEqual([]);
  const nothing = { renditions: new Map(), stills: null };
  const whole = async () => nothing;
  expect(await encodeLadder({ whole, ranges })(request)).toBe(nothing);
}
