import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { makeGigabyte, REAL_CLIP } from './media.ts';
import { type Row, row } from './row.ts';

const SAMPLE_MS = 200;

/** Highest resident memory of all Node processes of a fresh stack while it makes a large source, less the same for a small one. */
export async function measureMemory(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-memory-'));
  try {
    const large = path.join(directory, 'large.mov');
    await makeGigabyte(large);
    const sizes = await Promise.all([REAL_CLIP, large].map(async (file) => (await stat(file)).size));
    const small = await peak(REAL_CLIP);
    const big = await peak(large);
    process.stderr.write(
      `  peak of the Node processes: ${small.toFixed(0)} MB for ${sizes[0]} bytes, ${big.toFixed(0)} MB for ${sizes[1]} bytes\n`,
    );
    return [row('Node memory, 1 GB less 20 MB source', 'MB', [big - small], { op: '<=', limit: 30 })];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function peak(file: string): Promise<number> {
  const bench = await startBenchStack();
  const watch = watchPeak(bench);
  try {
    await bench.run(`memory/${path.basename(file)}`, file);
    return await watch.end();
  } finally {
    await watch.end();
    await bench.stop();
  }
}

function watchPeak(bench: BenchStack): { end(): Promise<number> } {
  let highest = 0;
  let going = true;
  const loop = (async () => {
    while (going) {
      highest = Math.max(highest, await bench.resident());
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    return highest;
  })();
  return {
    end: () => {
      going = false;
      return loop;
    },
  };
}
