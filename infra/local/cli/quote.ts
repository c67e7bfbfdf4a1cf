import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createFfprobe } from '../../../shared/adapters/ffprobe.ts';
import { createKeyframeLook } from '../../../shared/adapters/look-for-keyframes.ts';
import { findMediaBinary } from '../../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../../shared/adapters/media-opener.ts';
import { type JobError, toJobError } from '../../../shared/core/errors.ts';
import type { Lane } from '../../../shared/core/job.ts';
import { profileHash } from '../../../shared/core/ladder.ts';
import { planJob } from '../../../shared/core/plan-job.ts';
import { THUMBNAILS_TASK } from '../../../shared/core/plan-tasks.ts';
import { containerUsd, type PriceTable, US_EAST_1 } from '../../../shared/core/prices.ts';
import { chooseLane } from '../../../shared/core/route/choose-lane.ts';
import { predict, predictLadder } from '../../../shared/core/route/predict.ts';
import { type ChunkedPrediction, predictChunked } from '../../../shared/core/route/predict-chunked.ts';
import { readConfig } from '../../../shared/edge/config.ts';
import { laneLimits } from '../../../shared/edge/lane-limits.ts';
import { sha256Hex } from '../../../shared/edge/sha256-hex.ts';
import { cutJob } from '../../../shared/tasks/chunks/cut-job.ts';
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
        /** On the declared function; null in another lane, or when the file does not say how long it is. */
        readonly predictedSeconds: number | null;
      }[];
      readonly thumbnails: { readonly predictedSeconds: number | null };
      readonly lane: Lane;
      readonly laneReason: string;
      /** Where one makes the whole job; null in the lane of functions. */
      readonly container: {
        readonly vcpus: number;
        /** Null when the file does not say how long it is. */
        readonly predictedSeconds: number | null;
      } | null;
      /** Where many functions make a part of its time each; null in another lane. */
      readonly chunks: {
        readonly pieces: number;
        /** Most that are made at the same time. */
        readonly atOnce: number;
        /** Until the last one is made. */
        readonly predictedSeconds: number;
      } | null;
      readonly skipped: readonly { readonly name: string; readonly reason: string }[];
      /** Null when the file does not say how long it is. */
      readonly estimatedUsd: number | null;
      readonly error: null;
    }
  | { readonly file: string; readonly error: JobError };

/** Fargate bills a minute at least: https://aws.amazon.com/fargate/pricing/ */
const LEAST_BILLED_SECONDS = 60;

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
  const program = await findMediaBinary('ffprobe', config.ffprobePath ?? undefined);
  const ports = {
    sources: singleFileStore(file),
    openMedia: createMediaOpener(scratch),
    probe: createFfprobe({ program, limits: { maxSeconds, maxPixels } }),
    keyframes: createKeyframeLook(program),
  };
  const key = path.basename(file);
  const source = { bucket: 'uploads', key, size, etag: 'quoted', versionId: null, sequencer: '0' };
  const probe = await probeSource(ports, source, maxSourceBytes);
  const plan = planJob(probe, config.profile, profileHash(config.profile, sha256Hex));
  const limits = laneLimits(config);
  const { lane, laneReason } = chooseLane(probe, plan, limits, config.jobLane);
  const names = [...plan.renditions.map((rendition) => rendition.name), THUMBNAILS_TASK];
  const work =
    lane === 'lambda'
      ? names.map((task) => {
          const memoryMb = memoryOf(task, functions);
          const predictions = predict(plan, probe, { ...limits.functions, memoryMb });
          return {
            runs: 1,
            memoryMb,
            task,
            seconds: predictions.find((each) => each.task === task)?.seconds ?? null,
          };
        })
      : [];
  const secondsOf = (task: string) => work.find((item) => item.task === task)?.seconds ?? null;
  const cut = lane === 'chunked' ? await cutJob(ports, limits.chunks, source, probe, plan) : null;
  const chunked = cut === null ? null : predictChunked(plan, probe, cut, limits.chunks);
  const joinMb = functions.find((fn) => fn.name === 'join')?.memoryMb ?? limits.chunks.memoryMb;
  const inPieces =
    chunked === null
      ? []
      : [
          { runs: chunked.pieces, memoryMb: limits.chunks.memoryMb, seconds: chunked.pieceSeconds },
          { runs: chunked.joins, memoryMb: joinMb, seconds: chunked.joinSeconds },
        ];
  const { vcpus } = limits.container;
  const { seconds } = predictLadder(plan, probe, limits.container);
  return {
    durationSeconds: plan.durationSeconds,
    renditions: plan.renditions.map(({ name, width, height }) => ({
      name,
      width,
      height,
      predictedSeconds: secondsOf(name),
    })),
    thumbnails: { predictedSeconds: secondsOf(THUMBNAILS_TASK) },
    lane,
    laneReason,
    container: lane === 'batch' ? { vcpus, predictedSeconds: seconds } : null,
    chunks: chunked === null ? null : inRounds(chunked, config.chunks.window),
    skipped: plan.skipped,
    estimatedUsd:
      lane === 'batch' ? containerQuote(seconds, vcpus) : functionsQuote([...work, ...inPieces], US_EAST_1),
  };
}

/** So many at a time, one after another. */
function inRounds({ pieces, pieceSeconds }: ChunkedPrediction, window: number) {
  const atOnce = Math.min(window, pieces);
  const rounds = Math.ceil(pieces / atOnce);
  return { pieces, atOnce, predictedSeconds: Math.ceil((rounds * pieceSeconds) / pieces) };
}

/** The vCPUs of a container for as long as it works, to a millionth of a dollar. */
function containerQuote(seconds: number | null, vcpus: number): number | null {
  return seconds === null
    ? null
    : inMillionths(containerUsd(Math.max(LEAST_BILLED_SECONDS, seconds) * vcpus, US_EAST_1));
}

/** Function time and requests at list prices, to a millionth of a dollar. */
function functionsQuote(
  work: readonly { readonly runs: number; readonly memoryMb: number; readonly seconds: number | null }[],
  prices: PriceTable,
): number | null {
  let usd = 0;
  for (const { runs, memoryMb, seconds } of work) {
    if (seconds === null) return null;
    usd += seconds * (memoryMb / 1024) * prices.lambdaGbSecond + runs * prices.lambdaRequest;
  }
  return inMillionths(usd);
}

function inMillionths(usd: number): number {
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
