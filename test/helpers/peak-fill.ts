import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';

/**
 * How full a player's buffer of two seconds at `bitrate` gets beyond what flows out at that rate: 1 is full. Each frame
 * flows in at once, at the time it is decoded.
 */
export async function peakFill(file: string, bitrate: number): Promise<number> {
  const { ffprobe } = await findMediaBinaries({});
  const args = [
    '-v',
    'error',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=dts_time,size',
    '-of',
    'csv=p=0',
  ];
  const { stdout } = await promisify(execFile)(ffprobe, [...args, file], { maxBuffer: 16 * 1024 * 1024 });
  let level = 0;
  let peak = 0;
  let last = 0;
  for (const line of stdout.trim().split('\n')) {
    const [at = 0, bytes = 0] = line.split(',').map(Number);
    level = Math.max(0, level - (at - last) * bitrate) + bytes * 8;
    last = at;
    peak = Math.max(peak, level);
  }
  return peak / (bitrate * 2);
}
