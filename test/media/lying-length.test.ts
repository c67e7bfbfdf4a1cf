import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { ProbeTool } from '../../shared/core/ports/media.ts';
import { type ClipFolder, createClipFolder, H264, picture } from '../helpers/clips.ts';

let clips: ClipFolder;
let tool: ProbeTool;

beforeAll(async () => {
  clips = await createClipFolder();
  const { ffprobe } = await findMediaBinaries({});
  tool = createFfprobe({ program: ffprobe, limits: { maxPixels: 40_000_000, maxSeconds: 21_600 } });
});
afterAll(() => clips.remove());

/** Says in both places where Matroska does how long the only track lasts. */
async function withLength(file: string, from: number, seconds: number): Promise<string> {
  const bytes = await readFile(file);
  const at = bytes.indexOf(Buffer.from('448988', 'hex')) + 3;
  expect(bytes.readDoubleBE(at)).toBe(from * 1000);
  bytes.writeDoubleBE(seconds * 1000, at);
  const clock = (value: number) => Buffer.from(`00:00:0${value.toFixed(9)}`);
  clock(seconds).copy(bytes, bytes.indexOf(clock(from)));
  const lie = join(clips.path, `says-${seconds}.mkv`);
  await writeFile(lie, bytes);
  return lie;
}

test.each([
  ['the truth', 3, 3],
  ['less than there is', 0.4, null],
  ['more than there is', 9, 9],
] as const)('the end of the picture is held when the header says %s: %s s', async (_, seconds, end) => {
  const file = await clips.make('true.mkv', [...picture({ seconds: 3 }), ...H264]);
  const lie = await withLength(file, 3, seconds);
  const { pictureEndSeconds } = await tool.probe({ url: `file:${lie}`, protocols: 'file' });
  expect(pictureEndSeconds).toBe(end);
});
