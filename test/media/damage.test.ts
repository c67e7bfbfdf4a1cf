import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const both = () => [...picture({ seconds: 2 }), ...tone(2)];
const MPEG2 = ['-c:v', 'mpeg2video', '-b:v', '1M'];

/** Name of the file, how it is encoded, and the part that is left of it. */
const CUT: readonly (readonly [string, readonly string[], number])[] = [
  ['cut.ogg', ['-c:v', 'libtheora', '-c:a', 'libvorbis'], 0.3],
  ['cut.ogg', ['-c:v', 'libtheora', '-c:a', 'libvorbis'], 0.9],
  ['cut.mpg', [...MPEG2, '-c:a', 'mp2'], 0.93],
  ['cut.mkv', H264, 0.97],
  ['cut.flv', H264, 0.93],
  ['cut.avi', [...H264, '-c:a', 'libmp3lame'], 0.9],
  ['cut.mxf', [...MPEG2, '-c:a', 'pcm_s16le'], 0.9],
];

it.each(CUT)('warns of a %s that is not whole', async (name, args, part) => {
  const whole = await clips.make(name, [...both(), ...args]);
  expect((await renderClip(whole)).warnings).toEqual([]);
  const bytes = await readFile(whole);
  const cut = `${whole}.${part}`;
  await writeFile(cut, bytes.subarray(0, Math.floor(bytes.length * part)));
  expect((await renderClip(cut)).warnings.map(({ code }) => code)).toEqual(['source.incomplete']);
});

it('warns of an MXF file with a hole', async () => {
  const whole = await clips.make('hole.mxf', [...both(), ...MPEG2, '-c:a', 'pcm_s16le', '-ar', '48000']);
  const bytes = await readFile(whole);
  const hole = `${whole}.hole`;
  const middle = Math.floor(bytes.length / 2);
  await writeFile(hole, bytes.fill(0, middle, middle + 60_000));
  expect((await renderClip(hole)).warnings.map(({ code }) => code)).toEqual(['source.incomplete']);
});
