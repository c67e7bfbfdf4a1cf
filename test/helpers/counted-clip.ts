import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { ffmpeg } from './clips.ts';

/** Frame `n` shows `n` in bars of 16 pixels, lowest bit first, and room for 1024 frames. */
const SIZE = { width: 160, height: 120 } as const;
const BAR = 16;

/** ffmpeg's input of frames that carry their number. */
export function countedPicture(rate: string, seconds: number): string[] {
  const { width, height } = SIZE;
  const bit = `mod(floor(N/pow(2,floor(X/${BAR}))),2)`;
  const source = `color=black:s=${width}x2:r=${rate}:d=${seconds}`;
  return [
    '-f',
    'lavfi',
    '-i',
    `${source},format=yuv420p,geq=lum='16+219*${bit}':cb=128:cr=128,scale=${width}:${height}:flags=neighbor`,
  ];
}

/** The number that each frame of a file shows. */
export async function shownNumbers(file: string, turned = false): Promise<number[]> {
  const upright = turned ? ['-vf', 'transpose=cclock'] : [];
  const gray = await ffmpeg([
    '-i',
    file,
    ...upright,
    '-vsync',
    '0',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-',
  ]);
  const { width, height } = SIZE;
  const bits = Array.from({ length: width / BAR }, (_, bit) => bit);
  return Array.from({ length: gray.length / (width * height) }, (_, frame) => {
    const at = frame * width * height + (height / 2) * width + BAR / 2;
    return bits.reduce((sum, bit) => sum + ((gray[at + bit * BAR] ?? 0) > 128 ? 2 ** bit : 0), 0);
  });
}

/** Times and, of sound, content of every packet of a track, as ffprobe lists them. */
export async function packetsOf(file: string, track: 'v' | 'a'): Promise<string[]> {
  const { ffprobe } = await findMediaBinaries({});
  const entries = track === 'v' ? 'pts,dts,duration' : 'pts,dts,duration,data_hash';
  const { stdout } = await promisify(execFile)(
    ffprobe,
    [
      ...['-v', 'error', '-select_streams', track, '-show_packets', '-show_data_hash', 'md5'],
      ...['-show_entries', `packet=${entries}`, '-of', 'csv=p=0', file],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout.trim().split('\n');
}
