import { fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { startBenchStack } from './bench-stack.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { REAL_CLIP } from './media.ts';
import { type Row, row } from './row.ts';

const RUNS = 5;
const CONNECTIONS = 20;
const MILLISECONDS = 2000;

/** `GET /v1/jobs/{id}` of a completed job against a route of the same framework that answers a word. */
export async function measureApi(): Promise<Row[]> {
  const bench = await startBenchStack();
  const bare = serve({
    fetch: new Hono().get('/', (c) => c.text('ok')).fetch,
    port: 0,
    hostname: '127.0.0.1',
  });
  try {
    const { jobId } = await bench.run(`api/${path.basename(REAL_CLIP)}`, REAL_CLIP);
    const job = `${bench.stack.url}/v1/jobs/${jobId}`;
    const word = `http://127.0.0.1:${(bare.address() as AddressInfo).port}/`;
    const rates: number[] = [];
    const tails: number[] = [];
    await ask(job);
    await ask(word);
    for (let run = 0; run < RUNS; run += 1) {
      const [ours, theirs] = [await ask(job), await ask(word)];
      rates.push(ours.requestsPerSecond / theirs.requestsPerSecond);
      tails.push(ours.p99Ms / theirs.p99Ms);
      process.stderr.write(
        `  run ${run + 1}: job ${ours.requestsPerSecond.toFixed(0)}/s p99 ${ours.p99Ms.toFixed(1)} ms; bare ${theirs.requestsPerSecond.toFixed(0)}/s p99 ${theirs.p99Ms.toFixed(1)} ms\n`,
      );
    }
    return [
      row('status requests per second / bare route', 'x', rates, { op: '>=', limit: 0.6 }),
      row('status p99 / bare route', 'x', tails, { op: '<=', limit: 3 }),
    ];
  } finally {
    await new Promise((resolve) => bare.close(resolve));
    await bench.stop();
  }
}

/** From a process of its own, so that asking does not slow the answers down. */
function ask(url: string): Promise<LoadResult> {
  const request: LoadRequest = { url, connections: CONNECTIONS, milliseconds: MILLISECONDS };
  const child = fork(new URL('./load.ts', import.meta.url));
  child.send(request);
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as LoadResult)).once('error', reject);
  });
}
