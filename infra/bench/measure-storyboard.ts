import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makeStoryboard } from '../../shared/tasks/make-storyboard.ts';
import { openThumbnailBench } from '../../test/helpers/thumbnail-bench.ts';
import { cpuSeconds } from './cpu.ts';
import { decode, makeMinute } from './media.ts';
import { type Row, row } from './row.ts';

const RUNS = 3;

/** The storyboard of a minute of the real clip, whose keyframes are far apart, against one decode of that minute. */
export async function measureStoryboard(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-storyboard-'));
  try {
    const minute = path.join(directory, 'minute.mp4');
    await makeMinute(minute);
    const { tools, context } = await openThumbnailBench(directory, minute);
    const ratios: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const board = await cpuOf(async () => {
        await makeStoryboard(tools, context);
      });
      ratios.push(board / (await cpuOf(() => decode(minute))));
    }
    return [row('storyboard CPU / full decode, 60 s', 'x', ratios, { op: '<=', limit: 0.2 })];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = await cpuSeconds([process.pid]);
  await work();
  return (await cpuSeconds([process.pid])) - before;
}
