import path from 'node:path';
import { videoEncoderArgs } from '../../shared/core/ffmpeg-args.ts';
import { DEFAULT_PROFILE, type Preset } from '../../shared/core/ladder.ts';
import type { RenditionPlan } from '../../shared/core/plan.ts';
import type { Calibration, EncodeCost } from '../../shared/core/route/calibration.ts';
import { ffmpegCpu, steadyCpu, words } from './ffmpeg-cpu.ts';
import { REAL_CLIP } from './media.ts';
import { median } from './row.ts';

const FRAMES = 60;
const PRESET_RUNS = 3;
const FRAME_RATE = { num: 24, den: 1 };
/** What the encoder sees at its easiest, and at its hardest: see the knees in `complexity.ts`. */
const EASY = 'select=eq(n\\,0),loop=loop=-1:size=1,setpts=N/24/TB';
const HARD = 'noise=alls=7:allf=t';
const FROM = '12.5';

/** Encoders at work on uncompressed pictures, so that nothing else is in the figures. */
export async function calibrateEncoders(directory: string): Promise<Pick<Calibration, 'encode' | 'presets'>> {
  const raw = path.join(directory, 'raw.nut');
  const encode: EncodeCost[] = [];
  for (const rung of DEFAULT_PROFILE.rungs) {
    process.stderr.write(`  encoding ${rung.name}\n`);
    const rendition = planned(rung.shortSide, rung.maxBitrate, 'veryfast');
    const megapixels = (rendition.width * rendition.height) / 1e6;
    const cost = async (filter: string): Promise<number> => {
      await makeRaw(raw, filter, rendition);
      return (await encoderCpu(raw, rendition, 3)) / (megapixels * FRAMES);
    };
    encode.push({ megapixels, easy: await cost(EASY), hard: await cost(HARD) });
  }
  return { encode, presets: await calibratePresets(raw) };
}

/** On the film as it is, at 720p; each beside a run of `veryfast`, so that what else the machine does weighs on both. */
async function calibratePresets(raw: string): Promise<Record<Preset, number>> {
  const of = (preset: Preset): RenditionPlan => planned(720, 3_500_000, preset);
  await makeRaw(raw, 'null', of('veryfast'));
  const cost = async (preset: Preset): Promise<number> => {
    process.stderr.write(`  preset ${preset}\n`);
    const ratios: number[] = [];
    for (let run = 0; run < PRESET_RUNS; run += 1) {
      const base = await encoderCpu(raw, of('veryfast'), 1);
      ratios.push((await encoderCpu(raw, of(preset), 1)) / base);
    }
    return median(ratios);
  };
  return {
    ultrafast: await cost('ultrafast'),
    superfast: await cost('superfast'),
    veryfast: 1,
    faster: await cost('faster'),
    fast: await cost('fast'),
    medium: await cost('medium'),
    slow: await cost('slow'),
    slower: await cost('slower'),
    veryslow: await cost('veryslow'),
  };
}

async function makeRaw(file: string, filter: string, { width, height }: RenditionPlan): Promise<void> {
  // Grain comes last: scaling would smooth it.
  const picture = `scale=${width}:${height}:flags=bicubic,format=yuv420p,${filter}`;
  const cut = ['-ss', FROM, '-i', REAL_CLIP, '-map', '0:v:0', '-vf', picture, '-frames:v', String(FRAMES)];
  await ffmpegCpu([...cut, ...words('-c:v rawvideo -f nut'), file]);
}

async function encoderCpu(raw: string, rendition: RenditionPlan, runs: number): Promise<number> {
  const encoded = await steadyCpu(['-i', raw, ...videoEncoderArgs(rendition), ...words('-f null -')], runs);
  return encoded - (await steadyCpu(['-i', raw, ...words('-f null -')], runs));
}

function planned(shortSide: number, maxBitrate: number, preset: Preset): RenditionPlan {
  return {
    name: `${shortSide}p`,
    width: 2 * Math.round((shortSide * 8) / 9),
    height: shortSide,
    frameRate: FRAME_RATE,
    gopFrames: 48,
    maxBitrate,
    preset,
    passThrough: false,
    crf: DEFAULT_PROFILE.crf,
  };
}
