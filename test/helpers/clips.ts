import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';

/** A directory of generated clips; `remove` it after the tests. */
export interface ClipFolder {
  readonly path: string;
  /** Makes a clip once; `args` are ffmpeg's, without the output. Gives its path. */
  make(name: string, args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

export async function createClipFolder(): Promise<ClipFolder> {
  const path = await mkdtemp(join(os.tmpdir(), 'clips-'));
  const made = new Map<string, Promise<string>>();
  const create = async (name: string, args: readonly string[]) => {
    const file = join(path, name);
    await ffmpeg([...args, '-y', file]);
    return file;
  };
  return {
    path,
    make(name, args) {
      const known = made.get(name) ?? create(name, args);
      made.set(name, known);
      return known;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Runs ffmpeg, the installed one unless another is named; its standard output. */
export async function ffmpeg(args: readonly string[], program?: string): Promise<Buffer> {
  const binaries = await findMediaBinaries({ ffmpeg: program });
  const { stdout } = await promisify(execFile)(binaries.ffmpeg, ['-nostdin', '-v', 'error', ...args], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** A moving test picture. */
export function picture(options: { size?: string; rate?: string; seconds?: number } = {}): string[] {
  const { size = '320x180', rate = '25', seconds = 1 } = options;
  return ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`];
}

/** A steady tone. */
export function tone(seconds = 1, hertz = 440): string[] {
  return ['-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`];
}

/** Fast H.264 and AAC. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];

/** Red, green and blue at points of the first frame, each given as fractions of width and height. */
export async function coloursAt(
  file: string,
  size: { readonly width: number; readonly height: number },
  points: readonly (readonly [number, number])[],
): Promise<number[][]> {
  const frame = await ffmpeg(['-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']);
  return points.map(([x, y]) => {
    const at = (Math.floor(y * size.height) * size.width + Math.floor(x * size.width)) * 3;
    return [...frame.subarray(at, at + 3)];
  });
}
