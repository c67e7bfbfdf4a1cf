import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startBenchStack } from './bench-stack.ts';
import { commandsByHand, runTogether } from './by-hand.ts';
import { cpuSeconds } from './cpu.ts';
import { ffmpegProgram, makeShort, REAL_CLIP } from './media.ts';
import { median, type Row, row } from './row.ts';

const RUNS = 5;
/** Encoder threads that were tried for the commands by hand; 0 is ffmpeg's own choice. */
const THREADS = [0, 1, 2] as const;

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * The ladder and thumbnails by three functions and a fourth, against the three commands started by hand at once: same
 * program, same encoder settings, their thread count tuned for the fastest. Runs alternate.
 */
export async function measureFanOut(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-hand-'));
  const program = await ffmpegProgram();
  const journal = path.join(directory, 'journal');
  const spy = await journalled(program, directory, journal);
  const byHand = (threads: number): Promise<Cost> =>
    cost([process.pid], () => runTogether(program, commandsByHand(REAL_CLIP, directory, threads)));
  const bench = await startBenchStack({ environment: { FFMPEG_PATH: spy } });
  try {
    const short = path.join(directory, 'short.mp4');
    await makeShort(short);
    // A service that runs is measured, not one that starts.
    await bench.run('fan-out/first.mp4', short);

    const tried: { readonly threads: number; readonly wall: number }[] = [];
    for (const threads of THREADS) tried.push({ threads, wall: (await byHand(threads)).wall });
    const { threads } = tried.reduce((best, next) => (next.wall < best.wall ? next : best));
    process.stderr.write(
      `By hand, all at once (-threads ${threads} is the fastest of ${THREADS.join(', ')}):\n`,
    );
    for (const args of commandsByHand('video.mp4', '.', threads))
      process.stderr.write(`  ffmpeg ${args.join(' ')}\n`);

    const walls: number[] = [];
    const cpus: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const hand = await byHand(threads);
      await rm(journal, { force: true });
      const before = await bench.cpu();
      const { uploadedAt, completedAt } = await bench.run(`fan-out/${run}.mp4`, REAL_CLIP);
      const cpu = (await bench.cpu()) - before;
      const { first, last } = await encodes(journal);
      walls.push((completedAt - uploadedAt) / 1000 / hand.wall);
      cpus.push(cpu / hand.cpu);
      starts.push(first - uploadedAt / 1000);
      ends.push(completedAt / 1000 - last);
      process.stderr.write(
        `  run ${run + 1}: by hand ${hand.wall.toFixed(2)} s, ${hand.cpu.toFixed(2)} CPU s; service ${((completedAt - uploadedAt) / 1000).toFixed(2)} s, ${cpu.toFixed(2)} CPU s\n`,
      );
    }
    process.stderr.write(`  median wall ${median(walls).toFixed(3)}, CPU ${median(cpus).toFixed(3)}\n`);
    return [
      row('fan-out wall / three commands by hand', 'x', walls, { op: '<=', limit: 1.05 }),
      row('fan-out CPU / three commands by hand', 'x', cpus, { op: '<=', limit: 1.05 }),
      row('upload end to first ffmpeg start', 's', starts, { op: '<=', limit: 0.5 }),
      row('last encode end to completed', 's', ends, { op: '<=', limit: 0.5 }),
    ];
  } finally {
    await bench.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function cost(pids: readonly number[], work: () => Promise<void>): Promise<Cost> {
  const before = await cpuSeconds(pids);
  const started = performance.now();
  await work();
  return { wall: (performance.now() - started) / 1000, cpu: (await cpuSeconds(pids)) - before };
}

/** A stand-in for ffmpeg that writes down when each run begins and ends, and whether it encodes video. */
async function journalled(program: string, directory: string, journal: string): Promise<string> {
  const file = path.join(directory, 'ffmpeg');
  await writeFile(
    file,
    `#!/bin/sh
kind=other; case "$*" in *libx264*) kind=encode;; esac
echo "start $kind $(/bin/date +%s.%N)" >> '${journal}'
'${program}' "$@"; status=$?
echo "end $kind $(/bin/date +%s.%N)" >> '${journal}'
exit $status
`,
  );
  await chmod(file, 0o755);
  return file;
}

/** Epoch seconds of the first start of any ffmpeg and the last end of an encode. */
async function encodes(journal: string): Promise<{ readonly first: number; readonly last: number }> {
  const lines = (await readFile(journal, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const times = (what: string, kind: RegExp): number[] =>
    lines.filter(([event, of]) => event === what && kind.test(of ?? '')).map(([, , time]) => Number(time));
  return { first: Math.min(...times('start', /./)), last: Math.max(...times('end', /^encode$/)) };
}
