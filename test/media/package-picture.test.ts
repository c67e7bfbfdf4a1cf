import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceError } from '../../shared/core/errors.ts';
import { type ClipFolder, createClipFolder, ffmpeg, picture, tone } from '../helpers/clips.ts';
import { packetsOf } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { CLOSED_GOPS, frameHashes, GOP, packageClip } from '../helpers/package-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const RATES = [
  { num: 24, den: 1, timescale: 24_000, duration: 1000 },
  { num: 30_000, den: 1001, timescale: 30_000, duration: 1001 },
  { num: 50, den: 1, timescale: 50_000, duration: 1000 },
];
const FRAMES = 3 * GOP + 5;
const CASES = FFMPEG_BUILDS.flatMap((build) => RATES.map((rate) => ({ ...build, ...rate })));

async function encode(num: number, den: number, program?: string): Promise<string> {
  const rate = `${num}/${den}`;
  const file = `${clips.path}/${num}-${program ? 'other' : 'installed'}.mp4`;
  const source = picture({ size: '160x120', rate, seconds: (FRAMES * den) / num });
  const sound = num === 24 ? tone(2) : [];
  await ffmpeg([...source, ...sound, ...CLOSED_GOPS, '-frames:v', `${FRAMES}`, '-y', file], program);
  return file;
}

describe.each(CASES)('the picture of an MP4 by the $build ffmpeg, $num/$den', ({ program, ...rate }) => {
  const { num, den, timescale, duration } = rate;

  it('is packaged with every frame at its time', async () => {
    const file = await encode(num, den, program);
    const { media, keyframes, frames } = await packageClip(file, { num, den });
    const { segments, mediaOffset, ...facts } = media;
    const bytes = await readFile(media.file);

    expect(facts).toEqual({
      ...{ track: '480p', path: 'hls/480p/media.mp4', file: `${file}.picture.mp4`, contentType: 'video/mp4' },
      codecs: expect.stringMatching(/^avc1\.6400[0-9a-f]{2}$/),
      config: expect.stringMatching(/^[0-9a-f]{16}$/),
      ...{ headerBytes: bytes.indexOf('uuid') - 4, timescale, start: 0 },
    });
    expect(segments.map((segment) => segment.duration)).toEqual([2 * GOP * duration, (GOP + 5) * duration]);
    expect(segments.reduce((sum, segment) => sum + segment.bytes, mediaOffset)).toBe(bytes.length);
    expect(keyframes.map(({ seconds }) => Math.round((seconds * num) / den))).toEqual([GOP, GOP, GOP, 5]);
    expect(frames).toBe(FRAMES);

    const times = (await packetsOf(media.file, 'v')).map((line) => line.split(',').map(Number));
    expect(times.map(([, dts]) => dts)).toEqual(
      Array.from({ length: FRAMES }, (_, frame) => (frame <= 2 ? frame : (frame - 2) * duration)),
    );
    const shown = times.map(([pts = 0]) => pts / duration).sort((a, b) => a - b);
    expect(shown).toEqual(Array.from({ length: FRAMES }, (_, frame) => frame));
    const whole = await frameHashes(file, program);
    expect(await frameHashes(media.file, program)).toEqual(whole);

    // What a player fetches: the header, and the second segment alone.
    const second = mediaOffset + (segments[0]?.bytes ?? 0);
    await writeFile(`${file}.alone.mp4`, [bytes.subarray(0, media.headerBytes), bytes.subarray(second)]);
    expect(await frameHashes(`${file}.alone.mp4`, program)).toEqual(whole.slice(2 * GOP));
  });
});

it('plays ten hours in, where times need 64 bits', async () => {
  const file = await encode(50, 1);
  const firstFrame = 36_000 * 48;
  const { media } = await packageClip(file, { num: 50, den: 1 }, firstFrame * 2);
  expect(media.start).toBe(firstFrame * 2 * 1000);
  expect(media.start * 2).toBeGreaterThan(2 ** 32);
  const [first] = await packetsOf(media.file, 'v');
  expect(Number(first?.split(',')[0])).toBe(media.start);
  expect(await frameHashes(media.file)).toEqual(await frameHashes(file));
});

describe('what is not as planned', () => {
  it.each([
    ['another frame rate', { num: 25, den: 1 }],
    ['half the frame rate', { num: 12, den: 1 }],
  ])('is refused: %s', async (_name, frameRate) => {
    const packaged = packageClip(await encode(24, 1), frameRate);
    await expect(packaged).rejects.toMatchObject({ code: 'output.invalid' });
  });

  it('is refused: an open GOP, longer GOPs, no picture, no MP4', async () => {
    const source = picture({ size: '160x120', rate: '24', seconds: 3 });
    const coder = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '3'];
    const files = await Promise.all([
      clips.make('open.mp4', [...source, ...coder, '-x264-params', `open-gop=1:keyint=${GOP}:scenecut=0`]),
      clips.make('long.mp4', [...source, ...coder, '-g', '36']),
      clips.make('none.mp4', [...tone(1), '-c:a', 'aac']),
      clips.make('other.mkv', [...source, ...coder]),
    ]);
    for (const file of files) {
      const packaged = packageClip(file, { num: 24, den: 1 });
      await expect(packaged).rejects.toMatchObject({ code: 'output.invalid' });
    }
  });

  it('never ends otherwise, whatever byte of the index is wrong or wherever the file is cut', async () => {
    const file = await encode(24, 1);
    const bytes = await readFile(file);
    const index = { start: bytes.indexOf('moov'), end: bytes.length };
    const damaged = `${clips.path}/damaged.mp4`;
    for (let at = index.start; at < index.end; at += 37) {
      const wrong = Buffer.from(bytes);
      wrong[at] = 0xff - (wrong[at] ?? 0);
      await writeFile(damaged, at % 2 ? wrong : bytes.subarray(0, at));
      const ended = await packageClip(damaged, { num: 24, den: 1 }).catch((error: unknown) => error);
      if (ended instanceof Error) expect(ended).toBeInstanceOf(MillraceError);
      else expect(ended).toMatchObject({ frames: FRAMES });
    }
  });
});
