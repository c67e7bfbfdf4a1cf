import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { cpuSeconds } from './cpu.ts';
import { spyOn } from './ffmpeg-spy.ts';
import { ladderByHand } from './ladder-by-hand.ts';
import { ffmpegProgram, makeGrainy, makeShort, REAL_CLIP } from './media.ts';
import { watchPeak } from './peak-memory.ts';
import { type Row, row } from './row.ts';

const RUNS = 3;
/** Threads of each encoder that are tried for the command by hand; 0 is ffmpeg's own choice. */
const THREADS = [0, 1, 2, 3] as const;

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  /** MB. */
  readonly memory: number;
}

/**
 * A whole job in the lane `batch`, from the end of the upload to the event of its end, against the best single command
 * by hand that makes the ladder alone: same program, same encoder settings. Runs alternate.
 */
export async function measureBatch(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-batch-'));
  const program = await ffmpegProgram();
  const spy = await spyOn(program, directory);
  const bench = await startBenchStack({ lane: 'batch', environment: { FFMPEG_PATH: spy.program } });
  try {
    const short = path.join(directory, 'short.mp4');
    await makeShort(short);
    // A service that runs is measured, not one that starts.
    await bench.run('batch/first.mp4', short);
    const grainy = path.join(directory, 'grainy.mp4');
    await makeGrainy(grainy);
    const rows: Row[] = [];
    for (const [what, clip] of [
      ['real clip', REAL_CLIP],
      ['grainy clip', grainy],
    ] as const) {
      rows.push(...(await compare({ what, clip, directory, program, spy, bench })));
    }
    return rows;
  } finally {
    await bench.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Comparison {
  readonly what: string;
  readonly clip: string;
  readonly directory: string;
  readonly program: string;
  readonly spy: Awaited<ReturnType<typeof spyOn>>;
  readonly bench: BenchStack;
}

async function compare({ what, clip, directory, program, spy, bench }: Comparison): Promise<Row[]> {
  const byHand = (threads: number): Promise<Cost> =>
    handCost(program, ladderByHand(clip, directory, threads));
  const tried: { readonly threads: number; readonly wall: number }[] = [];
  for (const threads of THREADS) tried.push({ threads, wall: (await byHand(threads)).wall });
  const { threads } = tried.reduce((best, next) => (next.wall < best.wall ? next : best));
  process.stderr.write(`${what}, by hand (-threads ${threads} is the fastest of ${THREADS.join(', ')}):\n`);
  process.stderr.write(`  ffmpeg ${ladderByHand('video.mp4', '.', threads).join(' ')}\n`);

  const hands: Cost[] = [];
  const jobs: Cost[] = [];
  let encodes = 0;
  let others = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const hand = await byHand(threads);
    await spy.forget();
    const job = await jobCost(bench, `batch/${what}/${run}.mp4`, clip);
    const spent = await spy.spent();
    encodes += spent.encodes / RUNS;
    others += spent.others / RUNS;
    hands.push(hand);
    jobs.push(job);
    process.stderr.write(`  run ${run + 1}: by hand ${inWords(hand)}; service ${inWords(job)}\n`);
  }
  await tellWhere(
    program,
    clip,
    mean(hands.map(({ cpu }) => cpu)),
    { encodes, others },
    mean(jobs.map(({ cpu }) => cpu)),
  );
  const ratios = (of: (cost: Cost) => number): number[] =>
    jobs.map((job, run) => of(job) / of(hands[run] ?? job));
  return [
    row(
      `batch wall / one command by hand, ${what}`,
      'x',
      ratios(({ wall }) => wall),
      { op: '<=', limit: 1 },
    ),
    row(
      `batch CPU / one command by hand, ${what}`,
      'x',
      ratios(({ cpu }) => cpu),
      { op: '<=', limit: 1.05 },
    ),
    row(
      `batch memory / one command by hand, ${what}`,
      'x',
      ratios(({ memory }) => memory),
      { op: '<=', limit: 1.1 },
    ),
  ];
}

async function jobCost(bench: BenchStack, key: string, clip: string): Promise<Cost> {
  const before = await bench.cpu();
  const watch = watchPeak(() => bench.containers());
  const { uploadedAt, completedAt } = await bench.run(key, clip);
  await bench.idle();
  return {
    wall: (completedAt - uploadedAt) / 1000,
    cpu: (await bench.cpu()) - before,
    memory: await watch.end(),
  };
}

async function handCost(program: string, args: readonly string[]): Promise<Cost> {
  const before = await cpuSeconds([process.pid]);
  const started = performance.now();
  // A group of its own, so that its memory can be told from everybody else's.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  const watch = watchPeak(() => (child.pid === undefined ? [] : [child.pid]));
  const [code] = await once(child, 'exit');
  const wall = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}`);
  return { wall, cpu: (await cpuSeconds([process.pid])) - before, memory: await watch.end() };
}

/** Where the CPU seconds went: parts of the command by hand measured alone, the rest from what the service's ffmpegs used. */
async function tellWhere(
  program: string,
  clip: string,
  ladder: number,
  spent: { readonly encodes: number; readonly others: number },
  total: number,
): Promise<void> {
  const cpuOf = async (args: readonly string[]): Promise<number> => {
    const before = await cpuSeconds([process.pid]);
    await promisify(execFile)(program, ['-nostdin', '-v', 'error', '-i', clip, ...args, '-f', 'null', '-']);
    return (await cpuSeconds([process.pid])) - before;
  };
  const decode = await cpuOf(['-map', '0:v:0']);
  const sound = await cpuOf(['-map', '0:a:0', '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000']);
  const scaled = await cpuOf([
    '-filter_complex',
    '[0:v:0]split[a][b];[a]scale=854:480:flags=bicubic[x];[b]scale=1280:720:flags=bicubic[y]',
    ...['-map', '[x]', '-map', '[y]'],
  ]);
  const parts = {
    decode,
    scale: scaled - decode,
    'encode, sound included': ladder - scaled,
    'of it sound, three times': 3 * sound,
    'command by hand': ladder,
    'our encoding ffmpegs': spent.encodes,
    'our other ffmpegs (sound, join, stills)': spent.others,
    'ours beside ffmpeg': total - spent.encodes - spent.others,
    'whole job': total,
  };
  for (const [part, seconds] of Object.entries(parts)) {
    process.stderr.write(`  ${part.padEnd(42)}${seconds.toFixed(2).padStart(7)} CPU s\n`);
  }
}

function inWords({ wall, cpu, memory }: Cost): string {
  return `${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU s, ${memory.toFixed(0)} MB`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
