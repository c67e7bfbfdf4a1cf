import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MillraceError } from '../core/errors.ts';
import { createGridCheck, type GridCheck } from '../core/pass-through/grid-check.ts';
import { type ListedPacket, listedPacket, listUnit } from '../core/pass-through/packet-list.ts';
import { type PassThroughFiles, passThroughArgs } from '../core/pass-through/pass-through-args.ts';
import type { Plan, RenditionPlan } from '../core/plan.ts';
import type { Ffmpeg, FfmpegResult, MediaInput } from '../core/ports/media.ts';
import type { Probe } from '../core/probe.ts';
import { toNumber } from '../core/rational.ts';

export interface PassThroughRequest {
  readonly plan: Plan;
  readonly probe: Probe;
  readonly input: MediaInput;
  readonly rendition: RenditionPlan;
  /** Directory of this attempt. */
  readonly scratch: string;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** A line of a list of packets is far shorter; a hostile file makes none longer. */
const MAX_LINE = 4096;
/** Failures of which an encode has more to say. */
const LEFT_TO_THE_ENCODE: readonly MillraceError['code'][] = [
  'encode.failed',
  'input.corrupt',
  'input.unsupported',
];

/**
 * Copies the source's picture into a rendition, with sound as every rendition has it, if its packets are those of the
 * rendition and it can be decoded without an error. Null, and nothing left in `scratch`, when they are not, which an
 * encode is for.
 */
export async function passThrough(ffmpeg: Ffmpeg, request: PassThroughRequest): Promise<FfmpegResult | null> {
  const folder = join(request.scratch, 'pass-through');
  await mkdir(folder);
  try {
    return await copy(ffmpeg, request, {
      video: join(folder, 'video.mp4'),
      packets: join(folder, 'packets.txt'),
      closed: join(folder, 'closed.txt'),
      parameters: join(folder, 'parameters.txt'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copy(
  ffmpeg: Ffmpeg,
  { plan, probe, input, rendition, outputFile, signal, onProgress }: PassThroughRequest,
  files: PassThroughFiles,
): Promise<FfmpegResult | null> {
  const rate = toNumber(rendition.frameRate);
  const run = await decodable(() =>
    ffmpeg.run({
      args: passThroughArgs({ plan, probe, input, files }),
      signal,
      onProgress: ({ frames }) => {
        if (plan.durationSeconds) onProgress(Math.min(1, frames / rate / plan.durationSeconds));
      },
    }),
  );
  if (run === null || run.errorCount > 0) return null;
  const check = await checkGrid(files.packets, rendition);
  if (check === null || check.frames() !== run.frames) return null;
  const isClosed = await hasTimes(files.closed, check.keyTimes());
  if (!isClosed || !(await hasTimes(files.parameters, []))) return null;
  await rename(files.video, outputFile);
  return { frames: run.frames, outSeconds: run.frames / rate, errors: [], errorCount: 0 };
}

/** Null when the source cannot be decoded. */
async function decodable(run: () => Promise<FfmpegResult>): Promise<FfmpegResult | null> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MillraceError && LEFT_TO_THE_ENCODE.includes(error.code)) return null;
    throw error;
  }
}

/** Null when the packets are not those of the rendition. */
async function checkGrid(file: string, rendition: RenditionPlan): Promise<GridCheck | null> {
  let check: GridCheck | null = null;
  for await (const line of linesOf(file)) {
    const unit = listUnit(line);
    if (unit !== null) check = createGridCheck(rendition, unit);
    const packet = listedPacket(line);
    if (packet !== null && check?.add(packet) !== null) return null;
  }
  return check?.end() === null ? check : null;
}

/** Whether the packets of a list are shown at these times, and no others. */
async function hasTimes(file: string, times: readonly number[]): Promise<boolean> {
  let index = 0;
  for await (const packet of packetsOf(file)) {
    if (packet.shownAt !== times[index]) return false;
    index += 1;
  }
  return index === times.length;
}

async function* packetsOf(file: string): AsyncGenerator<ListedPacket> {
  for await (const line of linesOf(file)) {
    const packet = listedPacket(line);
    if (packet !== null) yield packet;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield line.slice(0, MAX_LINE);
    }
  } finally {
    stream.destroy();
  }
}
