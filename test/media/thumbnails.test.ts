import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Store } from '../../shared/adapters/s3-store.ts';
import { scoreFrame } from '../../shared/core/frame-score.ts';
import type { Output } from '../../shared/core/job.ts';
import type { Made, MadeFile } from '../../shared/core/ports/work.ts';
import { makeThumbnails } from '../../shared/tasks/make-thumbnails.ts';
import { rendition } from '../fixtures/job-states.ts';
import { task } from '../fixtures/jobs.ts';
import { makeClip, makeStampClip, runFfmpeg, STAMPS } from '../helpers/stamp-clip.ts';
import { openThumbnailBench, type ThumbnailBench } from '../helpers/thumbnail-bench.ts';
import { startTinyS3 } from '../helpers/tiny-s3.ts';

const POSTER: Output = { ...rendition('poster.jpg', 320, 180), kind: 'poster', contentType: 'image/jpeg' };

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-thumbnails-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function make(
  name: string,
  makeSource: (file: string) => Promise<void>,
  options: { renditionFails?: boolean; extension?: string } = {},
): Promise<{ made: Made; bench: ThumbnailBench }> {
  const home = join(directory, name);
  await mkdir(home);
  const file = join(home, `source.${options.extension ?? 'mp4'}`);
  await makeSource(file);
  const bench = await openThumbnailBench(home, file, options);
  return { made: await makeThumbnails(bench.tools)(bench.context), bench };
}

function fileOf(made: Made, name: string): MadeFile {
  const found = made.files.find((file) => file.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${made.files.map((file) => file.name)}`);
  return found;
}

function tilesRun({ runs }: ThumbnailBench): readonly string[] | undefined {
  return runs.find((args) => args.at(-1)?.endsWith('tiles.rgb'));
}

interface Cue {
  readonly start: string;
  readonly end: string;
  readonly sheet: string;
  readonly box: { left: number; top: number; width: number; height: number };
}

async function cuesOf(made: Made): Promise<Cue[]> {
  const [header, ...blocks] = (await readFile(fileOf(made, 'storyboard.vtt').file, 'utf8')).split('\n\n');
  expect(header).toBe('WEBVTT');
  return blocks.map((block) => {
    const match = /^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n?$/.exec(block);
    if (match === null) throw new Error(`not a cue: ${block}`);
    const [, start = '', end = '', sheet = '', left, top, width, height] = match;
    const box = { left: Number(left), top: Number(top), width: Number(width), height: Number(height) };
    return { start, end, sheet, box };
  });
}

async function colourOf(file: string, box?: Cue['box']): Promise<number[]> {
  const image = box === undefined ? sharp(file) : sharp(await sharp(file).extract(box).toBuffer());
  return (await image.stats()).channels.map(({ mean }) => Math.round(mean));
}

/** Position in {@link STAMPS} of the colour that a tile shows. */
function secondOf(colour: readonly number[]): number {
  const distance = STAMPS.map((stamp) => Math.hypot(...stamp.map((value, at) => value - (colour[at] ?? 0))));
  const nearest = Math.min(...distance);
  expect(nearest).toBeLessThan(12);
  return distance.indexOf(nearest);
}

async function secondsShown(made: Made, cues: readonly Cue[]): Promise<number[]> {
  const shown: number[] = [];
  for (const { sheet, box } of cues) shown.push(secondOf(await colourOf(fileOf(made, sheet).file, box)));
  return shown;
}

async function scoreOf(file: string) {
  return scoreFrame(await sharp(file).raw().toBuffer());
}

describe('storyboard', () => {
  it('has tiles at their times from the lowest rendition, though the source has one keyframe', async () => {
    const { made, bench } = await make('sparse', (file) => makeStampClip(file, { seconds: 7, audio: true }));
    const cues = await cuesOf(made);
    expect(cues.map(({ start }) => start)).toEqual([
      '00:00:00.000',
      '00:00:02.000',
      '00:00:04.000',
      '00:00:06.000',
    ]);
    expect(cues.map(({ end }) => end).slice(0, 3)).toEqual(cues.map(({ start }) => start).slice(1));
    expect(bench.context.committed[0]?.durationSeconds).not.toBe(7);
    expect(cues.at(-1)?.end).toBe('00:00:07.000');
    expect(await secondsShown(made, cues)).toEqual([0, 2, 4, 6]);

    expect(fileOf(made, 'storyboard-000.jpg')).toMatchObject({
      kind: 'storyboard',
      path: 'storyboard-000.jpg',
      contentType: 'image/jpeg',
      width: 640,
      height: 90,
      durationSeconds: null,
      codecs: null,
    });
    expect(fileOf(made, 'storyboard.vtt')).toMatchObject({
      kind: 'storyboard',
      contentType: 'text/vtt',
      width: null,
      height: null,
    });
    expect(tilesRun(bench)).toContain('-skip_frame');
    expect(bench.progress.at(-1)).toBe(1);
    expect(bench.progress).toEqual([...bench.progress].sort((a, b) => a - b));
  });

  it('keeps exact times at 30000/1001 frames a second, through several sheets', async () => {
    const home = join(directory, 'ntsc');
    await mkdir(home);
    const file = join(home, 'source.mp4');
    await makeStampClip(file, { seconds: 8, frameRate: '30000/1001', gop: 13 });
    const bench = await openThumbnailBench(home, file);
    const { plan } = bench.context;
    const storyboard = { ...plan.thumbnails.storyboard, columns: 2, rows: 1 };
    const made = await makeThumbnails(bench.tools)({
      ...bench.context,
      plan: { ...plan, thumbnails: { ...plan.thumbnails, storyboard } },
    });
    const cues = await cuesOf(made);
    expect(cues.map(({ start, sheet }) => `${start} ${sheet}`)).toEqual([
      '00:00:00.000 storyboard-000.jpg',
      '00:00:02.002 storyboard-000.jpg',
      '00:00:04.004 storyboard-001.jpg',
      '00:00:06.006 storyboard-001.jpg',
    ]);
    expect(await secondsShown(made, cues)).toEqual([0, 2, 4, 6]);
  });

  it('comes from the source when the lowest rendition has failed', async () => {
    const { made, bench } = await make('fallback', (file) => makeStampClip(file, { seconds: 7, gop: 25 }), {
      renditionFails: true,
    });
    const cues = await cuesOf(made);
    expect(cues.map(({ start }) => start)).toEqual([
      '00:00:00.000',
      '00:00:02.000',
      '00:00:04.000',
      '00:00:06.000',
    ]);
    expect(cues.at(-1)?.end).toBe('00:00:07.000');
    expect(await secondsShown(made, cues)).toEqual([0, 2, 4, 6]);
    expect(tilesRun(bench)).not.toContain('-skip_frame');
  });

  it('of one frame is one tile that lasts as long as the frame', async () => {
    const { made } = await make('one-frame', (file) => makeClip(file, 'testsrc2=s=320x240:r=25:d=0.04', 1));
    expect(await cuesOf(made)).toEqual([
      {
        start: '00:00:00.000',
        end: '00:00:00.040',
        sheet: 'storyboard-000.jpg',
        box: { left: 0, top: 0, width: 120, height: 90 },
      },
    ]);
    expect(await sharp(fileOf(made, 'storyboard-000.jpg').file).metadata()).toMatchObject({
      width: 120,
      height: 90,
    });
    expect(await scoreOf(fileOf(made, 'poster.jpg').file)).toMatchObject({ usable: true });
  });
});

describe('poster', () => {
  it('is a frame of the film and not of its black beginning, in JPEG and WebP, upright', async () => {
    const { made, bench } = await make('intro', async (file) => {
      const plain = `${file}.plain.mp4`;
      await makeClip(
        plain,
        'color=c=black:s=320x180:r=10:d=3[a];testsrc2=s=320x180:r=10:d=2[b];[a][b]concat',
        10,
      );
      await runFfmpeg(['-i', plain, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', file]);
    });
    expect(bench.context.probe.video).toMatchObject({ codedWidth: 320, width: 180, height: 320 });
    for (const [name, format] of [
      ['poster.jpg', 'jpeg'],
      ['poster.webp', 'webp'],
    ] as const) {
      const poster = fileOf(made, name);
      expect(poster).toMatchObject({
        kind: 'poster',
        path: name,
        width: 180,
        height: 320,
        durationSeconds: null,
      });
      expect(await sharp(poster.file).metadata()).toMatchObject({ format, width: 180, height: 320 });
      expect(await scoreOf(poster.file)).toMatchObject({ usable: true });
    }
    expect(await sharp(fileOf(made, 'poster.jpg').file).metadata()).toMatchObject({ isProgressive: true });
    const twins = [fileOf(made, 'poster.jpg'), fileOf(made, 'poster.webp')].map(({ file }) => colourOf(file));
    const [jpeg = [], webp = []] = await Promise.all(twins);
    jpeg.forEach((value, channel) => {
      expect(Math.abs(value - (webp[channel] ?? 0))).toBeLessThanOrEqual(2);
    });
  });

  it('is found between keyframes when every keyframe is black', async () => {
    const { made, bench } = await make('black-keyframes', (file) =>
      makeClip(file, 'color=c=black:s=320x180:r=10:d=3[a];testsrc2=s=320x180:r=10:d=4[b];[a][b]concat', 9999),
    );
    expect(await scoreOf(fileOf(made, 'poster.jpg').file)).toMatchObject({ usable: true });
    expect(bench.runs.map((args) => args.includes('-noaccurate_seek'))).toEqual([true, true, false, false]);
  });

  it('is committed before the storyboard is begun, and once, however many attempts there are', async () => {
    const home = join(directory, 'early');
    await mkdir(home);
    const file = join(home, 'source.mp4');
    await makeClip(file, 'testsrc2=s=320x180:r=10:d=3', 10);
    const { context, runs, tools } = await openThumbnailBench(home, file);
    const early: { readonly names: readonly string[]; readonly runs: number }[] = [];
    const commitEarly = async (files: readonly MadeFile[]) => {
      early.push({ names: files.map(({ name }) => name), runs: runs.length });
    };
    const make = makeThumbnails(tools);
    const storyboard = ['storyboard-000.jpg', 'storyboard.vtt'];

    const made = await make({ ...context, task: task('thumbnails'), commitEarly });
    expect(early).toEqual([{ names: ['poster.jpg', 'poster.webp'], runs: 1 }]);
    expect([made.files.map(({ name }) => name), made.committed]).toEqual([storyboard, []]);

    const outputs = ['poster.jpg', 'poster.webp'].map((name) => ({ ...POSTER, name, path: name }));
    const again = await make({ ...context, task: task('thumbnails', { outputs }), commitEarly });
    expect(early).toHaveLength(1);
    expect([again.files.map(({ name }) => name), again.committed]).toEqual([storyboard, outputs]);
  });

  it('is still made of a film that is black throughout', async () => {
    const { made } = await make('black', (file) => makeClip(file, 'color=c=black:s=320x180:r=10:d=1', 10));
    expect(await colourOf(fileOf(made, 'poster.jpg').file)).toEqual([0, 0, 0]);
  });

  it('has the colours of the source', async () => {
    const { made } = await make('colours', (file) => makeStampClip(file, { seconds: 1 }));
    const colour = await colourOf(fileOf(made, 'poster.jpg').file);
    expect(secondOf(colour)).toBe(0);
  });

  it('of an interlaced source has no comb', async () => {
    const { made, bench } = await make(
      'interlaced',
      (file) =>
        runFfmpeg([
          ...[
            '-f',
            'lavfi',
            '-i',
            'color=c=0x202020:s=320x240:r=50:d=2[a];color=c=white:s=60x240:r=50:d=2[b];[a][b]overlay=x=n*4',
          ],
          ...[
            '-vf',
            'interlace',
            '-c:v',
            'mpeg2video',
            '-flags',
            '+ildct+ilme',
            '-g',
            '12',
            '-b:v',
            '4M',
            file,
          ],
        ]),
      { extension: 'ts' },
    );
    expect(bench.context.plan.picture.deinterlace).toBe(true);
    const woven = { ...bench.context.plan.picture, deinterlace: false };
    const raw = await makeThumbnails(bench.tools)({
      ...bench.context,
      scratch: join(directory, 'interlaced'),
      plan: { ...bench.context.plan, picture: woven },
    });
    expect(await combIn(fileOf(raw, 'poster.jpg').file)).toBeGreaterThan(0.02);
    expect(await combIn(fileOf(made, 'poster.jpg').file)).toBeLessThan(0.002);
  });
});

/** Share of pixels that stand out from both the row above and the row below. */
async function combIn(file: string): Promise<number> {
  const { data, info } = await sharp(file).greyscale().raw().toBuffer({ resolveWithObject: true });
  let combed = 0;
  for (let at = info.width; at < data.length - info.width; at += 1) {
    const here = data[at] ?? 0;
    const above = here - (data[at - info.width] ?? 0);
    const below = here - (data[at + info.width] ?? 0);
    if (above * below > 900) combed += 1;
  }
  return combed / data.length;
}

it('reads a rendition that lies in S3 by ranges', async () => {
  const s3 = await startTinyS3();
  try {
    const home = join(directory, 's3');
    await mkdir(home);
    const file = join(home, 'source.mp4');
    await makeStampClip(file, { seconds: 5 });
    const outputs = createS3Store({ client: s3.client(), bucket: 'b' });
    const bench = await openThumbnailBench(home, file, { outputs });
    const made = await makeThumbnails(bench.tools)(bench.context);
    expect(await secondsShown(made, await cuesOf(made))).toEqual([0, 2, 4]);
    const reads = s3.seen.filter(({ method }) => method === 'GET');
    expect(reads.length).toBeGreaterThan(0);
    for (const { key, headers } of reads) {
      expect(key).toBe('job-1/480p.mp4');
      expect(headers['if-match']).toBe(`"${s3.objects.get(key)?.[0]?.etag}"`);
      expect(headers.range).toMatch(/^bytes=/);
    }
  } finally {
    await s3.close();
  }
});

it('stops when it is aborted', async () => {
  const home = join(directory, 'aborted');
  await mkdir(home);
  const file = join(home, 'source.mp4');
  await makeStampClip(file, { seconds: 2 });
  const abort = new AbortController();
  const bench = await openThumbnailBench(home, file, { abort });
  const stopped = new Error('stopped');
  const work = makeThumbnails(bench.tools)({ ...bench.context, onProgress: () => abort.abort(stopped) });
  await expect(work).rejects.toBe(stopped);
});

it('blames no uploaded file for a rendition that cannot be read', async () => {
  const home = join(directory, 'lost');
  await mkdir(home);
  const file = join(home, 'source.mp4');
  await makeStampClip(file, { seconds: 2 });
  const bench = await openThumbnailBench(home, file);
  await rm(join(home, 'outputs', 'job-1'), { recursive: true });
  await expect(makeThumbnails(bench.tools)(bench.context)).rejects.toMatchObject({
    code: 'infrastructure',
    retryable: true,
  });
});
