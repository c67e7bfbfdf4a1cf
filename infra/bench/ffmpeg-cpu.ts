import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuSeconds } from './cpu.ts';
import { ffmpegProgram } from './media.ts';
import { median } from './row.ts';

const run = promisify(execFile);

/** A picture that is the same on every machine, and some work for decoder, filters and encoder alike. */
const REFERENCE =
  '-f lavfi -i testsrc2=s=1280x720:r=25:d=3,noise=alls=8:allf=t -c:v libx264 -preset veryfast -crf 23 -f null -';

/** Runs ffmpeg to its end. @returns its CPU seconds; run one at a time, as all children are counted */
export async function ffmpegCpu(args: readonly string[]): Promise<number> {
  const program = await ffmpegProgram();
  const before = await cpuSeconds([process.pid]);
  await run(program, ['-nostdin', '-loglevel', 'error', '-y', ...args], { maxBuffer: 64 * 1024 * 1024 });
  return (await cpuSeconds([process.pid])) - before;
}

/** CPU seconds of one piece of work, by which machines are compared. */
export async function referenceCpu(): Promise<number> {
  return ffmpegCpu(words(REFERENCE));
}

/** Median of a few runs. */
export async function steadyCpu(args: readonly string[], runs = 3): Promise<number> {
  const values: number[] = [];
  for (let count = 0; count < runs; count += 1) values.push(await ffmpegCpu(args));
  return median(values);
}

export function words(text: string): string[] {
  return text.split(' ');
}
