import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { cpuSeconds } from './cpu.ts';
import { ladderByHand } from './ladder-by-hand.ts';
import { ffmpegProgram, makeLoop, makeShort, REAL_CLIP } from './media.ts';
import { type Row, row } from './row.ts';

const RUNS = 3;
/** Five minutes. */
const LOOPS = 10;
/** Threads of each encoder that are tried for the command by hand; 0 is ffmpeg's own choice. */
const THREADS = [0, 1, 2, 3] as const;

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * A whole job in the lane `chunked`, from the end of the upload to the event of its end, playlists and thumbnails
 * included, against the best single command by hand that makes the ladder alone: same program, same encoder settings.
 * Runs alternate; they take some minutes each.
 */
export async function measureChunked(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-chunked-'));
  const program = await ffmpegProgram();
  const bench = await startBenchStack({ lane: 'chunked' });
  try {
    const short = path.join(directory, 'short.mp4');
    await makeShort(short);
    // A service that runs is measured, not one that starts.
    await bench.run('chunked/first.mp4', short);
    const loop = path.join(directory, 'loop.mp4');
    await makeLoop(loop, LOOPS);
    const threads = await fastest(program, directory);
    const hands: Cost[] = [];
    const jobs: Cost[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const hand = await handCost(program, ladderByHand(loop, directory, threads));
      const job = await jobCost(bench, `chunked/${run}.mp4`, loop);
      hands.push(hand);
      jobs.push(job);
      process.stderr.write(`  run ${run + 1}: by hand ${inWords(hand)}; service ${inWords(job)}\n`);
    }
    const ratios = (of: (cost: Cost) => number): number[] =>
      jobs.map((job, run) => of(job) / of(hands[run] ?? job));
    return [
      row(
        'chunked CPU / one command by hand, 5 min',
        'x',
        ratios(({ cpu }) => cpu),
        { op: '<=', limit: 1.15 },
      ),
      row(
        'chunked wall / one command by hand, 5 min',
        'x',
        ratios(({ wall }) => wall),
        { op: '<=', limit: 1.05 },
      ),
    ];
  } finally {
    await bench.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The thread count that makes the ladder of half a minute in the least time. */
async function fastest(program: string, directory: string): Promise<number> {
  let best: { readonly threads: number; readonly wall: number } = {
    threads: 0,
    wall: Number.POSITIVE_INFINITY,
  };
  for (const threads of THREADS) {
    const { wall } = await handCost(program, ladderByHand(REAL_CLIP, directory, threads));
    if (wall < best.wall) best = { threads, wall };
  }
  process.stderr.write(`  by hand (-threads ${best.threads} is the fastest of ${THREADS.join(', ')}):\n`);
  process.stderr.write(`  ffmpeg ${ladderByHand('video.mp4', '.', best.threads).join(' ')}\n`);
  return best.threads;
}

async function jobCost(bench: BenchStack, key: string, clip: string): Promise<Cost> {
  const before = await bench.cpu();
  const { jobId, uploadedAt, completedAt } = await bench.run(key, clip);
  const job = await bench.stack.store.read(jobId);
  // A job that is given up as one of chunks would be measured as one of containers.
  if (job?.header.lane !== 'chunked') throw new Error(`The job ran elsewhere: ${job?.header.laneReason}`);
  return { wall: (completedAt - uploadedAt) / 1000, cpu: (await bench.cpu()) - before };
}

async function handCost(program: string, args: readonly string[]): Promise<Cost> {
  const before = await cpuSeconds([process.pid]);
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  const wall = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}`);
  return { wall, cpu: (await cpuSeconds([process.pid])) - before };
}

function inWords({ wall, cpu }: Cost): string {
  return `${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU s`;
}
