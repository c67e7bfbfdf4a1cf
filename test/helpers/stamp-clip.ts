import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';

/** RGB of the colour shown in each second of a stamped clip. */
export const STAMPS: readonly (readonly [number, number, number])[] = [
  [200, 30, 30],
  [30, 160, 30],
  [40, 60, 220],
  [200, 190, 30],
  [180, 40, 190],
  [30, 180, 190],
  [230, 140, 40],
  [120, 120, 120],
];

export interface StampClip {
  readonly seconds: number;
  readonly size?: string;
  readonly frameRate?: string;
  /** Frames between keyframes; default: one, at the start. */
  readonly gop?: number;
  readonly audio?: boolean;
}

/** A clip that shows colour `i` of {@link STAMPS} during second `i`. */
export async function makeStampClip(file: string, clip: StampClip): Promise<void> {
  const { seconds, size = '320x180', frameRate = '10', gop = 9999, audio = false } = clip;
  const colours = Array.from({ length: seconds }, (_, index) => {
    const hex = (STAMPS[index] ?? []).map((value) => value.toString(16).padStart(2, '0')).join('');
    return ['-f', 'lavfi', '-i', `color=c=0x${hex}:s=${size}:r=${frameRate}:d=1`];
  });
  await runFfmpeg([
    ...colours.flat(),
    ...(audio ? ['-f', 'lavfi', '-i', `sine=d=${seconds}`] : []),
    ...['-filter_complex', `${colours.map((_, index) => `[${index}:v]`).join('')}concat=n=${seconds}[v]`],
    ...['-map', '[v]', ...(audio ? ['-map', `${seconds}:a`] : [])],
    ...encode(gop),
    file,
  ]);
}

/** A clip of the given filter graph. */
export async function makeClip(file: string, graph: string, gop: number): Promise<void> {
  await runFfmpeg(['-f', 'lavfi', '-i', graph, ...encode(gop), file]);
}

export async function runFfmpeg(args: readonly string[]): Promise<void> {
  const { ffmpeg } = await findMediaBinaries({});
  await promisify(execFile)(ffmpeg, ['-nostdin', '-loglevel', 'error', '-y', ...args]);
}

function encode(gop: number): string[] {
  return [
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    ...['-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0'],
  ];
}
