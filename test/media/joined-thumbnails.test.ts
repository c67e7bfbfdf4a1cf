import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotYet } from '../../shared/core/not-yet.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import { makeJoinedThumbnails } from '../../shared/tasks/join/make-joined-thumbnails.ts';
import { type ClipFolder, createClipFolder, ffmpeg } from '../helpers/clips.ts';
import { type JoinBench, openJoinBench } from '../helpers/join-bench.ts';

let clips: ClipFolder;
let bench: JoinBench;
beforeAll(async () => {
  clips = await createClipFolder();
  bench = await openJoinBench(clips);
});
afterAll(() => clips.remove());

/** The numbers that the tiles of a sheet show: bars of 8 pixels, lowest bit first, in tiles of 80x60. */
async function tileNumbers(sheet: string, tiles: number, columns: number): Promise<number[]> {
  const gray = await ffmpeg(['-i', sheet, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
  const width = columns * 80;
  return Array.from({ length: tiles }, (_, tile) => {
    const at = (Math.floor(tile / columns) * 60 + 30) * width + (tile % columns) * 80 + 4;
    return Array.from({ length: 10 }, (_, bit) => bit).reduce(
      (sum, bit) => sum + ((gray[at + bit * 8] ?? 0) > 128 ? 2 ** bit : 0),
      0,
    );
  });
}

describe('thumbnails of a chunked job', () => {
  it('come as a poster at once, and as a storyboard when all chunks are there', async () => {
    const job = await bench.open('thumbnails', 'thumbnails');
    const read = new Map<string, number>();
    const outputs: ObjectStore = {
      ...bench.tools.outputs,
      read(key, options) {
        const { start = 0, end = 0 } = options?.range ?? {};
        read.set(key, (read.get(key) ?? 0) + end + 1 - start);
        return bench.tools.outputs.read(key, options);
      },
    };
    const make = makeJoinedThumbnails({ ...bench.tools, outputs });

    const missing = bench.chunks.map((chunk, place) =>
      place === 1 ? { ...chunk, state: 'running' as const, media: [] } : chunk,
    );
    const thrown = await make(await job.context(missing)).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(NotYet);
    expect(thrown).toMatchObject({ ended: 4 });
    const names = ['poster.jpg', 'poster.webp'];
    expect(job.early.map(({ name }) => name)).toEqual(names);

    const made = await make(await job.context());
    expect(job.early).toHaveLength(2);
    expect(made.committed?.map(({ name }) => name)).toEqual(names);
    expect(made.files.map(({ name }) => name)).toEqual(['storyboard-000.jpg', 'storyboard.vtt']);
    const [sheet, index] = made.files;
    expect(await tileNumbers(sheet?.file ?? '', 6, 5)).toEqual([0, 20, 40, 60, 80, 100]);
    const cues = (await readFile(index?.file ?? '', 'utf8')).match(/^.* --> .*$/gm);
    expect(cues).toEqual([
      '00:00:00.000 --> 00:00:00.800',
      '00:00:00.800 --> 00:00:01.600',
      '00:00:01.600 --> 00:00:02.400',
      '00:00:02.400 --> 00:00:03.200',
      '00:00:03.200 --> 00:00:04.000',
      '00:00:04.000 --> 00:00:04.400',
    ]);
    const media = bench.chunks.flatMap((chunk) => chunk.media).filter(({ track }) => track === '480p');
    for (const { path, bytes } of media) {
      expect(read.get(`thumbnails/${path}`)).toBeLessThan(bytes * 0.7);
    }
    expect([...read.keys()].every((key) => key.includes('480p'))).toBe(true);
  });
});
