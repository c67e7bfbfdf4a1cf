import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createFfprobe } from '../../../shared/adapters/ffprobe.ts';
import { findMediaBinary } from '../../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../../shared/adapters/media-opener.ts';
import { type JobError, toJobError } from '../../../shared/core/errors.ts';
import { profileHash } from '../../../shared/core/ladder.ts';
import { planJob } from '../../../shared/core/plan-job.ts';
import { THUMBNAILS_TASK } from '../../../shared/core/plan-tasks.ts';
import { type PriceTable, US_EAST_1 } from '../../../shared/core/prices.ts';
import { predict } from '../../../shared/core/route/predict.ts';
import { readConfig } from '../../../shared/edge/config.ts';
import { sha256Hex } from '../../../shared/edge/sha256-hex.ts';
import { probeSource } from '../../../shared/tasks/probe-source.ts';
import type { FunctionDeclaration } from '../declarations/functions.ts';
import { userSettings } from '../function-environment.ts';
import { singleFileStore } from './single-file-store.ts';

/** What a file would become, and what that would cost on AWS; or why nothing would. */
export type Quote =
  | {
      readonly file: string;
      readonly durationSeconds: number | null;
      readonly renditions: readonly {
        readonly name: string;
        readonly width: number;
        readonly height: number;
        /** On the declared function; null when the file does not say how long it is. */
        readonly predictedSeconds: number | null;
      }[];
      readonly thumbnails: { readonly predictedSeconds: number | null };
      readonly skipped: readonly { readonly name: string; readonly reason: string }[];
      /** Null when the file does not say how long it is. */
      readonly estimatedUsd: number | null;
      readonly error: null;
    }
  | { readonly file: string; readonly error: JobError };

/** Probes and plans as dispatch does, and makes nothing. */
export async function quoteFile(file: string, functions: readonly FunctionDeclaration[]): Promise<Quote> {
  const name = path.basename(file);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'millrace-quote-'));
  try {
    return { ...(await quote(file, scratch, functions)), file: name, error: null };
  } catch (error) {
    return { file: name, error: toJobError(error, null) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function quote(file: string, scratch: string, functions: readonly FunctionDeclaration[]) {
  const config = readConfig(settingsOf(functions));
  const { maxSourceBytes, maxSourceSeconds: maxSeconds, maxSourcePixels: maxPixels } = config.limits;
  const { size } = await stat(file);
  const probe = await probeSource(
    {
      sources: singleFileStore(file),
      openMedia: createMediaOpener(scratch),
      probe: createFfprobe({
        program: await findMediaBinary('ffprobe', config.ffprobePath ?? undefined),
        limits: { maxSeconds, maxPixels },
      }),
    },
    { bucket: 'uploads', key: path.basename(file), size, etag: 'quoted', versionId: null, sequencer: '0' },
    maxSourceBytes,
  );
  const plan = planJob(probe, config.profile, profileHash(config.profile, sha256Hex));
  const work = [...plan.renditions.map((rendition) => rendition.name), THUMBNAILS_TASK].map((task) => {
    const memoryMb = memoryOf(task, functions);
    const limits = { ...config.lambda, memoryMb };
    const seconds =
      predict(plan, probe, limits).find((prediction) => prediction.task === task)?.seconds ?? null;
    return { task, memoryMb, seconds };
  });
  const secondsOf = (task: string) => work.find((item) => item.task === task)?.seconds ?? null;
  return {
    durationSeconds: plan.durationSeconds,
    renditions: plan.renditions.map(({ name, width, height }) => ({
      name,
      width,
      height,
      predictedSeconds: secondsOf(name),
    })),
    thumbnails: { predictedSeconds: secondsOf(THUMBNAILS_TASK) },
    skipped: plan.skipped,
    estimatedUsd: estimateUsd(work, US_EAST_1),
  };
}

/** Function time and requests at list prices, to a millionth of a dollar. */
function estimateUsd(
  work: readonly { readonly memoryMb: number; readonly seconds: number | null }[],
  prices: PriceTable,
): number | null {
  let usd = 0;
  for (const { memoryMb, seconds } of work) {
    if (seconds === null) return null;
    usd += seconds * (memoryMb / 1024) * prices.lambdaGbSecond + prices.lambdaRequest;
  }
  return Math.round(usd * 1e6) / 1e6;
}

/** Memory of the function that serves a task. */
function memoryOf(task: string, functions: readonly FunctionDeclaration[]): number {
  const serving = functions.find((fn) => fn.environment['TASK_NAMES'] === task);
  if (serving === undefined) throw new Error(`No function is declared for the task ${task}.`);
  return serving.memoryMb;
}

/** Dispatch's declared settings; addresses do not matter here, and binaries are this machine's. */
function settingsOf(functions: readonly FunctionDeclaration[]): Record<string, string | undefined> {
  const declared = functions.find((fn) => fn.name === 'dispatch')?.environment ?? {};
  const settings = Object.entries(declared).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : value.resource,
  ]);
  return { ...Object.fromEntries(settings), FFPROBE_PATH: undefined, ...userSettings(process.env) };
}
