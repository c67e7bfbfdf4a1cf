import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Calibration, DecodeCost } from '../../shared/core/route/calibration.ts';
import { ffmpegCpu, steadyCpu, words } from './ffmpeg-cpu.ts';
import { REAL_CLIP } from './media.ts';

interface Codec {
  readonly name: string;
  readonly extension: string;
  readonly size: string;
  /** Encoder arguments for few bits a pixel, and for many. */
  readonly few: string;
  readonly many: string;
}

const X265 = '-c:v libx265 -preset superfast -x265-params log-level=error';
const CODECS: readonly Codec[] = [
  {
    name: 'h264',
    extension: 'mp4',
    size: '1280x720',
    few: '-c:v libx264 -crf 32',
    many: '-c:v libx264 -crf 12',
  },
  { name: 'hevc', extension: 'mp4', size: '1280x720', few: `${X265} -crf 34`, many: `${X265} -crf 16` },
  {
    name: 'vp9',
    extension: 'webm',
    size: '1280x720',
    few: '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 300k',
    many: '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 6M',
  },
  {
    name: 'av1',
    extension: 'mp4',
    size: '640x360',
    few: '-c:v libaom-av1 -strict -2 -cpu-used 8 -b:v 150k',
    many: '-c:v libaom-av1 -strict -2 -cpu-used 8 -b:v 1500k',
  },
  {
    name: 'mpeg2video',
    extension: 'ts',
    size: '1280x720',
    few: '-c:v mpeg2video -q:v 20',
    many: '-c:v mpeg2video -q:v 2',
  },
  { name: 'mpeg4', extension: 'avi', size: '1280x720', few: '-c:v mpeg4 -q:v 20', many: '-c:v mpeg4 -q:v 2' },
  { name: 'mjpeg', extension: 'mov', size: '1280x720', few: '-c:v mjpeg -q:v 20', many: '-c:v mjpeg -q:v 2' },
  {
    name: 'prores',
    extension: 'mov',
    size: '1280x720',
    few: '-c:v prores_ks -profile:v 0',
    many: '-c:v prores_ks -profile:v 3',
  },
];
/** Where the film is taken from: a second and a half of it, played over and over. */
const FROM = '12.5';
const FRAMES = 36;
const LOOPS = 6;

/** The line through two clips of each codec, of few bits a pixel and of many. */
export async function calibrateDecoders(
  directory: string,
): Promise<Pick<Calibration, 'decode' | 'highBitDepth'>> {
  const decode: Record<string, DecodeCost> = {};
  for (const codec of CODECS) {
    process.stderr.write(`  decoding ${codec.name}\n`);
    const few = await measure(directory, codec, codec.few);
    const many = await measure(directory, codec, codec.many);
    const perMegabit = Math.max(0, (many.cpu - few.cpu) / (many.megabits - few.megabits));
    decode[codec.name] = {
      perMegapixel: Math.max(0, few.cpu - perMegabit * few.megabits) / few.megapixels,
      perMegabit,
    };
  }
  return { decode, highBitDepth: await highBitDepth(directory, decode['hevc']) };
}

async function highBitDepth(directory: string, eight: DecodeCost | undefined): Promise<number> {
  const codec = CODECS.find(({ name }) => name === 'hevc');
  if (codec === undefined || eight === undefined) throw new Error('HEVC is not calibrated');
  const ten = await measure(directory, codec, `${X265} -crf 22 -pix_fmt yuv420p10le`);
  return ten.cpu / (eight.perMegapixel * ten.megapixels + eight.perMegabit * ten.megabits);
}

async function measure(directory: string, { extension, size }: Codec, encoder: string) {
  const file = path.join(directory, `decoder.${extension}`);
  const cut = ['-ss', FROM, '-i', REAL_CLIP, '-map', '0:v:0', '-frames:v', String(FRAMES), '-s', size];
  await ffmpegCpu([...cut, '-pix_fmt', 'yuv420p', ...words(encoder), file]);
  const cpu = await steadyCpu(['-stream_loop', String(LOOPS - 1), '-i', file, ...words('-f null -')]);
  const [width, height] = size.split('x').map(Number);
  const frames = FRAMES * LOOPS;
  return {
    cpu,
    megabits: ((await stat(file)).size * 8 * LOOPS) / 1e6,
    megapixels: ((width ?? 0) * (height ?? 0) * frames) / 1e6,
  };
}
