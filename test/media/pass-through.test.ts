import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWhole } from '../../shared/tasks/ladder/encode-whole.ts';
import { passLadder } from '../../shared/tasks/ladder/pass-ladder.ts';
import { type ClipFolder, createClipFolder, ffmpeg, picture, tone } from '../helpers/clips.ts';
import { openLadderBench, SMALL_LADDER } from '../helpers/ladder-bench.ts';
import { FAST_PROFILE, renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const PROFILE = { ...FAST_PROFILE, passThrough: true };
const BT709 = [
  ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
];
const GRID = ['-g', '50', '-keyint_min', '50', '-sc_threshold', '0', '-flags:v', '+cgop'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'fast', '-profile:v', 'high', '-pix_fmt', 'yuv420p', ...BT709];

/** Five seconds, two GOPs and a half, with B-frames. */
function clip(name: string, args: readonly string[]): Promise<string> {
  return clips.make(name, [...picture({ size: '160x90', seconds: 5 }), ...ENCODE, ...args]);
}

async function framesOf(file: string): Promise<string> {
  return (await ffmpeg(['-i', file, '-map', '0:v', '-f', 'framemd5', '-']))
    .toString()
    .replace(/^#.*\n/gm, '');
}

describe('pass-through', () => {
  it('copies every frame of a picture that is a rendition already, and makes its sound anew', async () => {
    const source = await clips.make('fits.mp4', [
      ...picture({ size: '160x90', seconds: 5 }),
      ...[...tone(5), ...ENCODE, ...GRID, '-c:a', 'libmp3lame'],
    ]);
    const made = await renderClip(source, PROFILE);
    expect([made.passedThrough, made.warnings]).toEqual([true, []]);
    expect(made.facts).toMatchObject({
      width: 160,
      height: 90,
      frames: 125,
      audioCodec: 'aac',
      faststart: true,
    });
    expect(made.facts.audioEndSeconds).toBeCloseTo(5, 1);
    expect(pixels(await framesOf(made.file))).toEqual(pixels(await framesOf(source)));
    expect(made.progress.at(-1)).toBeGreaterThan(0);
  });

  it('encodes it all the same when the setting is off', async () => {
    const made = await renderClip(await clip('off.mp4', GRID), FAST_PROFILE);
    expect([made.passedThrough, made.facts.frames]).toEqual([false, 125]);
  });

  it('leaves the messages of the source behind', async () => {
    // x264 writes its settings into one.
    const source = await clip('messages.mp4', GRID);
    const made = await renderClip(source, PROFILE);
    expect(made.passedThrough).toBe(true);
    expect((await readFile(source)).includes('x264 - core')).toBe(true);
    expect((await readFile(made.file)).includes('x264 - core')).toBe(false);
  });

  it.each([
    ['other keyframes', ['-g', '40', '-keyint_min', '40', '-sc_threshold', '0', '-flags:v', '+cgop']],
    ['one keyframe more', [...GRID, '-force_key_frames', '0.4']],
    ['open GOPs', ['-g', '50', '-keyint_min', '50', '-sc_threshold', '0', '-x264-params', 'open-gop=1']],
    ['parameter sets among the frames', [...GRID, '-x264-params', 'repeat-headers=1']],
  ] as const)('encodes what has %s', async (what, args) => {
    const made = await renderClip(await clip(`${what.replaceAll(' ', '-')}.mp4`, args), PROFILE);
    expect(made.plan.renditions[0]?.passThrough, 'by its probe').toBe(true);
    expect([made.passedThrough, made.warnings, made.facts.frames]).toEqual([false, [], 125]);
  });

  it('encodes what has its times rounded', async () => {
    const source = await clips.make('rounded.mp4', [
      ...picture({ size: '160x90', rate: '30', seconds: 4 }),
      ...[...ENCODE, '-g', '60', '-keyint_min', '60', '-sc_threshold', '0', '-video_track_timescale', '1000'],
    ]);
    const made = await renderClip(source, PROFILE);
    expect(made.plan.renditions[0]?.passThrough, 'by its probe').toBe(true);
    expect([made.passedThrough, made.warnings, made.facts.frames]).toEqual([false, [], 120]);
  });

  it('encodes what is damaged, and says so', async () => {
    const bytes = await readFile(await clip('whole.mp4', GRID));
    const from = bytes.indexOf('mdat') + 4000;
    const damaged = `${clips.path}/damaged.mp4`;
    await writeFile(damaged, bytes.fill(0xff, from, from + 600));
    const made = await renderClip(damaged, PROFILE);
    expect([made.passedThrough, made.warnings.map(({ code }) => code)]).toEqual([
      false,
      ['source.incomplete'],
    ]);
  });
});

describe('a ladder', () => {
  const SHORT_GOPS = ['-g', '5', '-keyint_min', '5', '-sc_threshold', '0', '-flags:v', '+cgop', '-crf', '40'];

  it.each([
    ['beside others', SMALL_LADDER.rungs.slice(1), ['64p', '96p']],
    ['alone', SMALL_LADDER.rungs.slice(2), ['96p']],
  ])('has the picture of its source copied, %s, and stills of it', async (what, rungs, names) => {
    const file = await clips.make('ladder.mp4', [
      ...picture({ size: '160x96', seconds: 2 }),
      ...[...ENCODE, ...SHORT_GOPS],
    ]);
    const profile = { ...SMALL_LADDER, rungs, passThrough: true };
    const bench = await openLadderBench(join(clips.path, `ladder-${what}`), file, { profile });
    const whole = encodeWhole(bench.ffmpeg);
    const made = await bench.together({ encode: passLadder(bench.ffmpeg, { whole, ladder: whole }) });
    const outputs = [...made].flatMap(([, result]): readonly unknown[] =>
      'made' in result ? result.made.files : [result.error],
    );
    expect(outputs).toEqual([
      ...names.map((name) =>
        expect.objectContaining(name === '96p' ? { name, passedThrough: true } : { name }),
      ),
      ...['poster.jpg', 'poster.webp', 'storyboard-000.jpg', 'storyboard.vtt'].map((name) =>
        expect.objectContaining({ name }),
      ),
    ]);
    expect(outputs.filter((output) => Object(output).passedThrough === true)).toHaveLength(1);
  });
});

/** Checksums of the decoded frames, without their times. */
function pixels(framemd5: string): string[] {
  return framemd5
    .trim()
    .split('\n')
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}
