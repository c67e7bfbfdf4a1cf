import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClipFolder,
  coloursAt,
  createClipFolder,
  ffmpeg,
  H264,
  picture,
  tone,
} from '../helpers/clips.ts';
import { FAST_PROFILE, type Rendered, renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

/** What every sound source must give. */
function expectWhole(made: Rendered): void {
  expect(made.warnings).toEqual([]);
  const declared = made.probe.durationSeconds ?? Number.NaN;
  expect(Math.abs(made.facts.durationSeconds - declared), 'length').toBeLessThan(0.15);
}

/** Red in the upper left corner, blue in the lower right, on grey. */
const CORNERS =
  'color=c=gray:s=320x180:r=25:d=1,drawbox=x=0:y=0:w=80:h=60:c=red:t=fill,drawbox=x=240:y=120:w=80:h=60:c=blue:t=fill';
const isRed = ([r = 0, g = 255, b = 255]: readonly number[] = []) => r > 180 && g < 80 && b < 80;
const isBlue = ([r = 255, g = 255, b = 0]: readonly number[] = []) => b > 180 && r < 80 && g < 80;

describe('geometry', () => {
  it.each([
    [0, [0.05, 0.05], [0.95, 0.95], 320, 180],
    [90, [0.95, 0.05], [0.05, 0.95], 180, 320],
    [180, [0.95, 0.95], [0.05, 0.05], 320, 180],
    [270, [0.05, 0.95], [0.95, 0.05], 180, 320],
  ] as const)('turns a picture upright by %i degrees', async (rotation, red, blue, width, height) => {
    const upright = await clips.make('upright.mp4', ['-f', 'lavfi', '-i', CORNERS, ...H264]);
    // This build's muxer counts the tag against the clock.
    const source = await clips.make(`turned-${rotation}.mp4`, [
      ...['-i', upright, '-c', 'copy', '-metadata:s:v:0', `rotate=${(360 - rotation) % 360}`],
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect([made.probe.video.rotation, made.facts.width, made.facts.height]).toEqual([
      rotation,
      width,
      height,
    ]);
    const [atRed, atBlue] = await coloursAt(made.file, { width, height }, [red, blue]);
    expect([isRed(atRed), isBlue(atBlue)], `${atRed} ${atBlue}`).toEqual([true, true]);
  });

  it('squares the samples, without sound', async () => {
    const made = await renderClip(
      await clips.make('anamorphic.mp4', [...picture({ size: '360x288' }), '-vf', 'setsar=16/11', ...H264]),
    );
    expectWhole(made);
    expect(made.facts).toMatchObject({
      width: 524,
      height: 288,
      audioCodec: null,
      codecs: expect.stringMatching(/^avc1\.64[0-9a-f]{4}$/),
    });
  });

  it.each([
    [
      'odd, 4:4:4',
      '321x179',
      ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv444p'],
      { width: 320, height: 178 },
    ],
    [
      'ten bits',
      '320x180',
      [
        '-c:v',
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        'log-level=error',
        '-pix_fmt',
        'yuv420p10le',
      ],
      { width: 320, height: 180 },
    ],
    ['larger than the rung', '960x540', H264, { width: 854, height: 480 }],
    ['smaller than a macroblock', '8x6', H264, { width: 8, height: 6 }],
  ])('makes 8-bit 4:2:0 of a picture that is %s', async (name, size, encoder, expected) => {
    const source = await clips.make(`${name.replaceAll(/\W/g, '-')}.mp4`, [
      ...picture({ size, seconds: 0.4 }),
      ...encoder,
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect(made.facts).toMatchObject({ ...expected, pixelFormat: 'yuv420p', frames: 10, faststart: true });
  });
});

describe('time', () => {
  it('weaves interlaced fields', async () => {
    const source = await clips.make('interlaced.mp4', [
      ...picture({ size: '320x192', rate: '50' }),
      ...[
        '-vf',
        'interlace',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-flags',
        '+ildct+ilme',
        '-pix_fmt',
        'yuv420p',
      ],
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect([made.plan.picture.deinterlace, made.facts.frames]).toEqual([true, 25]);
  });

  it('puts a variable rate on a grid that loses no frame', async () => {
    const source = await clips.make('variable.mp4', [
      ...picture({ rate: '30', seconds: 2 }),
      ...['-vf', "select='not(mod(n,3))+gt(n,30)'", '-vsync', 'vfr', ...H264, '-bf', '0'],
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect([made.probe.video.variableFrameRate, made.facts.frames]).toEqual([true, 60]);
  });

  it.each([
    ['film', '24000/1001', '24000/1001', 24],
    ['high speed', '120', '60/1', 60],
    ['a slide show', '1', '10/1', 10],
  ])('keeps the rate of %s', async (name, rate, expected, frames) => {
    const made = await renderClip(
      await clips.make(`rate-${name.replaceAll(' ', '-')}.mp4`, [...picture({ rate }), ...H264]),
    );
    expectWhole(made);
    const { num, den } = made.plan.renditions[0]?.frameRate ?? { num: 0, den: 1 };
    expect([`${num}/${den}`, made.facts.frames]).toEqual([expected, frames]);
  });

  it.each([
    ['long', ['-an']],
    ['long, under sound', []],
  ])('holds the last frame of a Matroska file while it is shown: %s', async (name, sound) => {
    const base = name.replaceAll(/\W+/g, '-');
    const slides = await clips.make(`${base}.mp4`, [
      ...[...picture({ seconds: 4 }), ...tone(4)],
      ...['-vf', "select='eq(n,0)+eq(n,30)+eq(n,32)'", '-vsync', 'vfr', ...H264, '-bf', '0', ...sound],
    ]);
    const made = await renderClip(await clips.make(`${base}.mkv`, ['-i', slides, '-c', 'copy']));
    expectWhole(made);
  });

  it('finds a Matroska file without a frame corrupt', async () => {
    const gif = ['-c:v', 'gif', '-f', 'matroska'];
    const source = await clips.make('no-frame.mkv', [...picture({ size: '32x32' }), ...gif]);
    await expect(renderClip(source)).rejects.toMatchObject({ code: 'input.corrupt' });
  });

  it.each(['ts', 'mpg'])('makes one frame of one frame in %s that does not say when it is', async (kind) => {
    const args = [...picture(), '-frames:v', '1', '-c:v', 'mpeg2video'];
    const made = await renderClip(await clips.make(`untold.${kind}`, args));
    expect([made.warnings, made.facts.frames]).toEqual([[], 1]);
  });

  it.each(['mp4', 'mkv', 'webm'])('makes one frame of one frame in %s', async (container) => {
    const codec = container === 'webm' ? ['-c:v', 'libvpx'] : H264;
    const made = await renderClip(
      await clips.make(`one.${container}`, [...picture(), '-frames:v', '1', ...codec]),
    );
    expectWhole(made);
    expect(made.facts.frames).toBe(1);
  });

  it.each([
    ['late picture', ['-itsoffset', '0.4', ...picture(), ...tone(), ...H264], 'mp4', 1.4],
    ['late sound', [...picture(), '-itsoffset', '0.4', ...tone(), ...H264], 'mp4', 1.4],
    ['long sound', [...picture(), ...tone(1.6), ...H264], 'mp4', 1.6],
    ['short sound', [...picture(), ...tone(0.5), ...H264], 'mkv', 1],
    ['late everything', [...picture(), ...tone(), ...H264, '-output_ts_offset', '10'], 'mkv', 1],
    ['a clock about to overflow', [...picture(), ...tone(), ...H264, '-output_ts_offset', '95442'], 'ts', 1],
  ])('starts at zero and keeps the length with %s', async (name, args, container, seconds) => {
    const made = await renderClip(await clips.make(`${name.replaceAll(' ', '-')}.${container}`, args));
    expectWhole(made);
    expect(Math.abs(made.facts.durationSeconds - seconds)).toBeLessThan(0.1);
    expect([made.facts.videoStartSeconds, made.facts.audioStartSeconds]).toEqual([0, 0]);
  });

  it('cuts what an edit list cuts', async () => {
    const whole = await clips.make('whole.mp4', [
      ...picture({ seconds: 2 }),
      ...tone(2),
      ...H264,
      '-g',
      '25',
    ]);
    const made = await renderClip(await clips.make('edited.mp4', ['-ss', '0.6', '-i', whole, '-c', 'copy']));
    expectWhole(made);
    expect(made.facts.durationSeconds).toBeLessThan(1.6);
  });
});

describe('tracks', () => {
  it('passes over cover art and takes the first picture and sound', async () => {
    const cover = await clips.make('cover.png', [...picture({ size: '64x64' }), '-frames:v', '1']);
    const source = await clips.make('tracks.mp4', [
      ...['-i', cover, ...picture(), ...picture({ size: '160x90' }), ...tone(1, 440), ...tone(1, 2000)],
      ...['-map', '0', '-map', '1', '-map', '2', '-map', '3', '-map', '4', ...H264, '-c:v:0', 'copy'],
      ...['-disposition:v:0', 'attached_pic'],
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect([made.facts.width, made.facts.audioCodec]).toEqual([320, 'aac']);
    expect(Math.abs((await loudestHertz(made.file)) - 440)).toBeLessThan(5);
  });

  it.each([
    ['mono', 'mono', ['-c:a', 'aac']],
    ['5.1', '5.1', ['-c:a', 'aac']],
    ['7.1', '7.1', ['-c:a', 'aac']],
    ['sixteen channels', 'hexadecagonal', ['-c:a', 'pcm_s16le']],
  ])('mixes %s down to stereo', async (_name, layout, codec) => {
    const source = await clips.make(`channels-${layout}.mov`, [
      ...[...picture(), ...tone(), '-filter_complex', `[1]pan=${layout}|c0=c0[a]`],
      ...['-map', '0:v', '-map', '[a]', ...H264, ...codec],
    ]);
    const made = await renderClip(source);
    expectWhole(made);
    expect(made.facts.codecs).toMatch(/,mp4a\.40\.2$/);
    expect(Math.abs((await loudestHertz(made.file)) - 440)).toBeLessThan(5);
  });
});

it('reports progress that rises and stays below one', async () => {
  const source = await clips.make('long.mp4', [...picture({ size: '640x480', seconds: 8 }), ...H264]);
  const { progress } = await renderClip(source, { ...FAST_PROFILE, preset: 'medium' });
  expect(progress.length).toBeGreaterThan(0);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBeLessThan(1);
});

/** Counts upward crossings of zero in half a second. */
async function loudestHertz(file: string): Promise<number> {
  const pcm = await ffmpeg(['-ss', '0.2', '-t', '0.5', '-i', file, '-vn', '-ac', '1', '-f', 's16le', '-']);
  let crossings = 0;
  for (let at = 2; at < pcm.length; at += 2) {
    if (pcm.readInt16LE(at - 2) < 0 && pcm.readInt16LE(at) >= 0) crossings += 1;
  }
  return crossings * 2;
}
