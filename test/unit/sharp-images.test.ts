import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createImages } from '../../shared/adapters/sharp-images.ts';

const SIZE = { width: 33, height: 17 };
const BYTES = 33 * 17 * 3;
const images = createImages();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-images-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('reads whole frames of a raw file, one at a time', async () => {
  const file = join(directory, 'frames.rgb');
  await writeFile(file, Buffer.concat([Buffer.alloc(BYTES, 7), Buffer.alloc(BYTES, 9), Buffer.alloc(5)]));
  expect(await images.countFrames(file, SIZE)).toBe(2);
  expect(await images.readFrame(file, SIZE, 1)).toEqual({ ...SIZE, rgb: new Uint8Array(BYTES).fill(9) });
  await expect(images.readFrame(file, SIZE, 2)).rejects.toThrow(RangeError);
  expect(await images.countFrames(join(directory, 'none.rgb'), SIZE)).toBe(0);
});

it.each([
  { format: 'jpeg', name: 'a.jpg', progressive: true },
  { format: 'webp', name: 'a.webp', progressive: false },
] as const)(
  'writes $format without metadata, smaller at lower quality',
  async ({ format, name, progressive }) => {
    const rgb = Uint8Array.from({ length: BYTES }, (_, index) => (index * 37) % 256);
    const file = join(directory, name);
    const bytesAt = async (quality: number) => {
      await images.write({ ...SIZE, rgb }, file, { format, quality });
      return (await stat(file)).size;
    };
    expect(await bytesAt(20)).toBeLessThan(await bytesAt(90));
    const metadata = await sharp(file).metadata();
    expect(metadata).toMatchObject({ format, ...SIZE, channels: 3, isProgressive: progressive });
    expect(metadata.exif ?? metadata.icc ?? metadata.xmp).toBeUndefined();
  },
);
