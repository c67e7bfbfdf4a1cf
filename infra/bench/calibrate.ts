import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pictureFilter } from '../../shared/core/picture-filter.ts';
import type { PicturePlan } from '../../shared/core/plan.ts';
import type { Calibration } from '../../shared/core/route/calibration.ts';
import { calibrateDecoders } from './calibrate-decoders.ts';
import { calibrateEncoders } from './calibrate-encoders.ts';
import { referenceCpu, steadyCpu, words } from './ffmpeg-cpu.ts';
import { REAL_CLIP } from './media.ts';
import { median } from './row.ts';

/** Seconds of the real clip that filters are measured on. */
const SECONDS = 5;
const FRAME_RATE = 24;
const SOURCE_MEGAPIXELS = 1920 * 1080 * 1e-6 * FRAME_RATE * SECONDS;
const HD = { width: 1280, height: 720 };
const HD_MEGAPIXELS = HD.width * HD.height * 1e-6 * FRAME_RATE * SECONDS;
const SOUND_SECONDS = 30;
/** The film is no HDR; only the filters' time counts. */
const AS_HDR = 'setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc';
const HDR: PicturePlan = {
  videoOrdinal: 0,
  deinterlace: false,
  tonemap: 'pq',
  colorSpace: 'bt2020nc',
  colorRange: 'tv',
};

/** Measures the whole table anew on this machine, in about five minutes of an idle one. */
export async function calibrate(): Promise<Calibration> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-calibrate-'));
  try {
    // Between the parts, so that it has met the same company as they.
    const references = [await referenceCpu()];
    const startSeconds = await start();
    const sound = await steadyCpu(['-i', REAL_CLIP, ...words('-vn -c:a aac -ac 2 -b:a 128k -f null -')]);
    process.stderr.write('  filters\n');
    const plain = await filtered('null');
    const scale = Math.max(0, (await filtered(scaled())) - plain) / SOURCE_MEGAPIXELS;
    const deinterlace = Math.max(0, (await filtered('bwdif=mode=send_frame')) - plain) / SOURCE_MEGAPIXELS;
    const mapped = (await filtered([AS_HDR, ...pictureFilter(HDR, HD)].join(','))) - plain;
    references.push(await referenceCpu());
    const decoders = await calibrateDecoders(directory);
    references.push(await referenceCpu());
    const encoders = await calibrateEncoders(directory);
    references.push(await referenceCpu());
    return {
      referenceSeconds: median(references),
      startSeconds,
      perSoundSecond: Math.max(0, sound - startSeconds) / SOUND_SECONDS,
      ...decoders,
      scale,
      deinterlace,
      toneMap: Math.max(0, mapped - scale * SOURCE_MEGAPIXELS) / HD_MEGAPIXELS,
      ...encoders,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One frame, of next to nothing. */
function start(): Promise<number> {
  return steadyCpu(words('-f lavfi -i color=s=64x64:d=0.04 -c:v libx264 -f null -'), 9);
}

function filtered(filter: string): Promise<number> {
  return steadyCpu(['-t', String(SECONDS), '-i', REAL_CLIP, '-an', '-vf', filter, ...words('-f null -')]);
}

function scaled(): string {
  return pictureFilter({ ...HDR, tonemap: null, colorSpace: 'bt709' }, HD).join(',');
}
