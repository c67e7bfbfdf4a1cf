import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { renditionArgs } from '../../shared/core/ffmpeg-args.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { ProbeTool } from '../../shared/core/ports/media.ts';
import { CALIBRATION } from '../../shared/core/route/calibration-table.ts';
import { renditionCpuSeconds } from '../../shared/core/route/predict.ts';
import { ffmpegCpu, referenceCpu } from './ffmpeg-cpu.ts';
import { makePredictionSources, type PredictionSource } from './prediction-sources.ts';
import { type Row, row } from './row.ts';

/** A prediction may be off by this part of what is measured. */
const TOLERANCE = 0.3;
const TARGET = 8;

interface Outcome {
  readonly what: string;
  /** Predicted over measured, of all renditions together and of each. */
  readonly ratio: number;
  readonly perTask: readonly number[];
}

/**
 * Predicted against measured CPU seconds of the renditions of ten sources. The table's seconds are those of the machine
 * that it was measured on; a reference run beside each source tells how this one compares, and what else it is doing.
 */
export async function measurePrediction(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-prediction-'));
  try {
    const { ffprobe } = await findMediaBinaries({});
    const probe = createFfprobe({ program: ffprobe, limits: { maxPixels: 40_000_000, maxSeconds: 3600 } });
    const outcomes: Outcome[] = [];
    for (const source of await makePredictionSources(directory)) {
      outcomes.push(await predictAndMeasure(source, probe, directory));
    }
    const tasks = outcomes.flatMap(({ perTask }) => perTask);
    return [
      row(
        `predictions within ${TOLERANCE * 100} %`,
        `of ${outcomes.length}`,
        [holding(outcomes.map(({ ratio }) => ratio))],
        {
          op: '>=',
          limit: TARGET,
        },
      ),
      row('the same, of single renditions', `of ${tasks.length}`, [holding(tasks)]),
      ...outcomes.map(({ what, ratio }) => row(`predicted / measured, ${what}`, 'x', [ratio])),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function predictAndMeasure(
  { what, file }: PredictionSource,
  tool: ProbeTool,
  directory: string,
): Promise<Outcome> {
  const input = { url: `file:${file}`, protocols: 'file' };
  const probe = await tool.probe(input);
  const plan = planJob(probe, DEFAULT_PROFILE, 'bench');
  const predictions = renditionCpuSeconds(plan, probe);
  const outputFile = path.join(directory, 'rendition.mp4');
  const pairs: { readonly predicted: number; readonly measured: number }[] = [];
  const before = await referenceCpu();
  for (const rendition of plan.renditions) {
    const measured = await ffmpegCpu(renditionArgs({ plan, rendition, probe, input, outputFile }));
    pairs.push({ predicted: predictions.get(rendition.name) ?? Number.NaN, measured });
  }
  const pace = (before + (await referenceCpu())) / 2 / CALIBRATION.referenceSeconds;
  const sum = (of: 'predicted' | 'measured'): number => pairs.reduce((total, pair) => total + pair[of], 0);
  const [predicted, measured] = [sum('predicted') * pace, sum('measured')];
  process.stderr.write(
    `  ${what}: predicted ${predicted.toFixed(2)}, measured ${measured.toFixed(2)} CPU s, ${(predicted / measured).toFixed(2)}\n`,
  );
  return {
    what,
    ratio: predicted / measured,
    perTask: pairs.map((pair) => (pair.predicted * pace) / pair.measured),
  };
}

function holding(ratios: readonly number[]): number {
  return ratios.filter((ratio) => Math.abs(ratio - 1) <= TOLERANCE).length;
}
