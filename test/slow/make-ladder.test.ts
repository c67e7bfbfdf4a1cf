import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceError } from '../../shared/core/errors.ts';
import { scoreFrame } from '../../shared/core/frame-score.ts';
import { THUMBNAILS_TASK } from '../../shared/core/plan-tasks.ts';
import type { ProbeTool } from '../../shared/core/ports/media.ts';
import type { Made, MadeFile } from '../../shared/core/ports/work.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { type LadderBench, type MadeOrError, openLadderBench } from '../helpers/ladder-bench.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const SIZE = { size: '160x96' };
const sound = (seconds = 1) => [...picture({ ...SIZE, seconds }), ...tone(seconds), ...H264];

let benches = 0;
function bench(file: string, options?: { renditionFails?: boolean }): Promise<LadderBench> {
  benches += 1;
  return openLadderBench(join(clips.path, `bench-${benches}`), file, options);
}

function madeOf(result: MadeOrError | undefined): Made {
  if (result === undefined) throw new Error('The task has no end.');
  if ('error' in result) throw result.error;
  return result.made;
}

function fileOf(made: Made, name: string): MadeFile {
  const found = made.files.find((file) => file.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${made.files.map((file) => file.name)}`);
  return found;
}

/** What of a file can be compared with another of the same name. */
const described = ({ files, warnings }: Made) => ({
  files: files.map((file) => ({ ...file, file: '' })),
  warnings,
});

/** Undefined when it has not failed. */
function codeOf(result: MadeOrError): unknown {
  if (!('error' in result)) return undefined;
  return result.error instanceof MillraceError ? result.error.code : result.error;
}

describe('a ladder from one decode is what the functions make', () => {
  it.each([
    ['with sound.mp4', sound(2)],
    ['silent.mp4', [...picture(SIZE), ...H264]],
    [
      'of a length that is not told.webm',
      [...picture(SIZE), ...tone(), '-c:v', 'libvpx', '-c:a', 'libvorbis', '-live', '1'],
    ],
    [
      'interlaced.ts',
      [
        ...picture({ ...SIZE, rate: '50' }),
        '-vf',
        'interlace',
        '-c:v',
        'mpeg2video',
        '-flags',
        '+ildct+ilme',
      ],
    ],
    ['late sound.mp4', [...picture(SIZE), '-itsoffset', '0.4', ...tone(), ...H264]],
    ['late picture.mp4', ['-itsoffset', '0.4', ...picture(SIZE), ...tone(), ...H264]],
    ['one frame.mp4', [...picture(SIZE), '-frames:v', '1', ...H264]],
    ['one frame.mkv', [...picture(SIZE), '-frames:v', '1', ...H264]],
    [
      'slides.mkv',
      [
        ...picture({ ...SIZE, seconds: 2 }),
        '-vf',
        "select='eq(n,0)+eq(n,30)+eq(n,32)'",
        '-vsync',
        'vfr',
        ...H264,
      ],
    ],
    [
      'high range.mp4',
      [
        ...[
          ...picture({ ...SIZE, seconds: 0.2 }),
          '-c:v',
          'libx265',
          '-preset',
          'ultrafast',
          '-pix_fmt',
          'yuv420p10le',
        ],
        ...['-x265-params', 'log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc'],
      ],
    ],
  ])('%s', async (name, args) => {
    await expectAlike(await bench(await clips.make(name, args)));
  });

  it('of a picture that stands on its side', async () => {
    const upright = await clips.make('upright.mp4', sound());
    const file = await clips.make('turned.mp4', [
      '-i',
      upright,
      '-c',
      'copy',
      '-metadata:s:v:0',
      'rotate=90',
    ]);
    await expectAlike(await bench(file));
  });
});

async function expectAlike(ladder: LadderBench): Promise<void> {
  const { plan } = ladder.context;
  const together = await ladder.together();
  expect([...together.keys()].sort()).toEqual(
    [...plan.renditions.map(({ name }) => name), THUMBNAILS_TASK].sort(),
  );
  for (const { name } of plan.renditions) {
    const [one, other] = [madeOf(await ladder.apart(name)), madeOf(together.get(name))];
    expect(described(other)).toEqual(described(one));
    const facts = ({ files }: Made) => ladder.probe.inspect(files[0]?.file ?? '');
    expect(await facts(other)).toEqual(await facts(one));
  }
  const [one, other] = [madeOf(await ladder.apart(THUMBNAILS_TASK)), madeOf(together.get(THUMBNAILS_TASK))];
  expect(described(other)).toEqual(described(one));
  const index = (made: Made) => readFile(fileOf(made, 'storyboard.vtt').file, 'utf8');
  expect(await index(other)).toBe(await index(one));
  const pixels = (file: string) => sharp(file).raw().toBuffer();
  expect(scoreFrame(await pixels(fileOf(other, 'poster.jpg').file))).toMatchObject({ usable: true });
  const sheets = [one, other].map((made) => pixels(fileOf(made, 'storyboard-000.jpg').file));
  const [sheet, twin] = await Promise.all(sheets);
  // One is of the source, the other of a rendition that is smaller than the tiles.
  expect(meanDifference(sheet, twin)).toBeLessThan(24);
}

function meanDifference(a: Buffer = Buffer.alloc(0), b: Buffer = Buffer.alloc(0)): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

describe('what is asked for', () => {
  it('is made without stills where the thumbnails are there, with slides at their times', async () => {
    const shown = ['-vf', "select='eq(n,0)+eq(n,30)'", '-vsync', 'vfr'];
    const slides = await clips.make('two.mp4', [...picture({ ...SIZE, seconds: 2 }), ...shown, ...H264]);
    const ladder = await bench(await clips.make('two.mkv', ['-i', slides, '-c', 'copy']));
    const before = ladder.runs.length;
    const together = await ladder.together({ tasks: ['96p', '64p'] });
    expect([...together.keys()].sort()).toEqual(['64p', '96p']);
    for (const name of together.keys()) {
      expect(described(madeOf(together.get(name)))).toEqual(described(madeOf(await ladder.apart(name))));
    }
    expect(ladder.runs.slice(before).map((args) => args.includes('rawvideo'))).toEqual([false]);
  });

  it('takes no encode for the thumbnails alone', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)), { renditionFails: true });
    const together = await ladder.together({ tasks: [THUMBNAILS_TASK] });
    expect([...together.keys()]).toEqual([THUMBNAILS_TASK]);
    expect(described(madeOf(together.get(THUMBNAILS_TASK)))).toEqual(
      described(madeOf(await ladder.apart(THUMBNAILS_TASK))),
    );
    expect(ladder.runs.flat()).not.toContain('libx264');
  });

  it('finds a poster between the stills of a film that is black at all of them', async () => {
    const black = 'color=c=black:s=160x96:r=10:d=1.8[a];testsrc2=s=160x96:r=10:d=0.2[b];[a][b]concat';
    const ladder = await bench(await clips.make('black.mp4', ['-f', 'lavfi', '-i', black, ...H264]));
    const made = madeOf((await ladder.together({ tasks: ['48p', THUMBNAILS_TASK] })).get(THUMBNAILS_TASK));
    const poster = await sharp(fileOf(made, 'poster.webp').file).raw().toBuffer();
    expect(scoreFrame(poster)).toMatchObject({ usable: true });
  });

  it('reports progress of every task, rising and below one', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)));
    const seen = new Map<string, number[]>();
    await ladder.together({
      onProgress: (task, fraction) => seen.set(task, [...(seen.get(task) ?? []), fraction]),
    });
    expect([...seen.keys()].sort()).toEqual(['48p', '64p', '96p', THUMBNAILS_TASK]);
    for (const fractions of seen.values()) {
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBeLessThan(1);
      expect(fractions.at(-1)).toBeGreaterThan(0);
    }
  });
});

describe('a fault', () => {
  it.each([
    ['cut.mkv', H264, 0.8],
    ['cut.ogg', ['-c:v', 'libtheora', '-c:a', 'libvorbis'], 0.5],
    ['cut.mxf', ['-c:v', 'mpeg2video', '-b:v', '1M', '-c:a', 'pcm_s16le', '-ar', '48000'], 0.9],
  ])('of the source gives the verdict of the functions: %s', async (name, args, part) => {
    const whole = await clips.make(name, [...picture({ ...SIZE, seconds: 2 }), ...tone(2), ...args]);
    const bytes = await readFile(whole);
    await writeFile(`${whole}.part`, bytes.subarray(0, Math.floor(bytes.length * part)));
    const ladder = await bench(`${whole}.part`);
    const together = await ladder.together();
    for (const { name: rendition } of ladder.context.plan.renditions) {
      const made = madeOf(together.get(rendition));
      expect(made.warnings.map(({ code }) => code)).toEqual(['source.incomplete']);
      expect(described(made)).toEqual(described(madeOf(await ladder.apart(rendition))));
    }
  });

  it('that leaves no frame fails every task as the source’s', async () => {
    const args = [...picture({ size: '160x96' }), '-c:v', 'gif', '-f', 'matroska'];
    const ladder = await bench(await clips.make('no frame.mkv', args), { renditionFails: true });
    const together = await ladder.together();
    expect([...together.values()].map((result) => codeOf(result))).toEqual(Array(4).fill('input.corrupt'));
    expect(codeOf(await ladder.apart('48p'))).toBe('input.corrupt');
  });

  it('of one file takes no other down', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)));
    const probe: ProbeTool = {
      ...ladder.probe,
      inspect: async (file, signal) => {
        const facts = await ladder.probe.inspect(file, signal);
        return file.endsWith('48p.mp4') ? { ...facts, faststart: false } : facts;
      },
    };
    const together = await ladder.together({ probe });
    const codes = [...together].map(([task, result]) => [task, codeOf(result)]);
    expect(Object.fromEntries(codes)).toEqual({
      '48p': 'output.invalid',
      '64p': undefined,
      '96p': undefined,
      [THUMBNAILS_TASK]: undefined,
    });
  });

  it('of the encoder fails what was to be encoded', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)));
    const full = new MillraceError('limit.disk', 'No space.', { retryable: true });
    const together = await ladder.together({
      tasks: ['96p', THUMBNAILS_TASK, '2160p'],
      encode: () => Promise.reject(full),
    });
    expect(new Map([...together].map(([task, result]) => [task, codeOf(result)]))).toEqual(
      new Map([
        ['2160p', 'infrastructure'],
        ['96p', 'limit.disk'],
        [THUMBNAILS_TASK, 'limit.disk'],
      ]),
    );
  });

  it('of the record stops everything', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)));
    const lost = new Error('not recorded');
    await expect(ladder.together({ onMade: () => Promise.reject(lost) })).rejects.toBe(lost);
  });

  it('of nobody: an abort rejects with its reason and ends no task', async () => {
    const ladder = await bench(await clips.make('with sound.mp4', sound(2)));
    const abort = new AbortController();
    const stopped = new Error('stopped');
    const ended: string[] = [];
    const work = ladder.together({
      signal: abort.signal,
      onProgress: () => abort.abort(stopped),
      onMade: async (task) => {
        ended.push(task);
      },
    });
    await expect(work).rejects.toBe(stopped);
    expect(ended).toEqual([]);
  });
});
