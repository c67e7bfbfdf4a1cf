import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, MillraceError } from '../../core/errors.ts';
import type { EncodeLadder, EncodeLadderRequest } from '../../core/ports/ladder.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import { declaredFrames } from '../../core/ranges/can-split.ts';
import type { FrameRange } from '../../core/ranges/frame-range.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { planRanges } from '../../core/ranges/plan-ranges.ts';
import { soundFileArgs } from '../../core/ranges/sound-file-args.ts';
import { toNumber } from '../../core/rational.ts';
import { encodePart, type Part, partOf } from './encode-part.ts';
import { findReadingPoint } from './find-reading-point.ts';
import { joinRenditions, joinStills } from './join-parts.ts';
import { runQueue } from './run-queue.ts';

/** Progress until the parts are joined. */
const ENCODE_SHARE = 0.98;
/** Failures that an encode in one piece, which takes less memory and space, may not meet. */
const WORTH_ANOTHER_WAY: readonly ErrorCode[] = [
  'encode.failed',
  'input.corrupt',
  'input.unsupported',
  'limit.disk',
  'limit.memory',
];

/**
 * Encodes ranges of the frame grid beside one another, one thread each, and the sound by itself, then joins them by
 * copy: frame for frame what one process makes. Takes room for two copies of the renditions.
 * @throws NotSplittable when the source cannot be cut exactly, or shows any damage: how much is for an encode in one
 * piece to say. Nothing of its own is in `scratch` then.
 */
export function encodeRanges(ffmpeg: Ffmpeg): EncodeLadder {
  return async (request) => {
    const folder = join(request.scratch, 'ranges');
    const target = join(request.scratch, 'joined');
    try {
      await mkdir(folder);
      await mkdir(target);
      const { parts, frames, sound } = await encodeAll(ffmpeg, request, folder);
      const renditions = await joinRenditions(ffmpeg, request, { parts, frames, sound, folder, target });
      const stills = request.stills ? await joinStills(request, { parts, target }) : null;
      return { renditions, stills };
    } catch (error) {
      await rm(target, { recursive: true, force: true });
      if (
        !request.signal.aborted &&
        error instanceof MillraceError &&
        WORTH_ANOTHER_WAY.includes(error.code)
      ) {
        throw new NotSplittable('a part could not be encoded', { cause: error });
      }
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

interface EncodedParts {
  readonly parts: readonly Part[];
  /** Of each part. */
  readonly frames: readonly number[];
  /** Path; null: no sound. */
  readonly sound: string | null;
}

async function encodeAll(
  ffmpeg: Ffmpeg,
  request: EncodeLadderRequest,
  folder: string,
): Promise<EncodedParts> {
  const stop = new AbortController();
  const inFolder = { ...request, scratch: folder, signal: AbortSignal.any([request.signal, stop.signal]) };
  // Needs no cuts, so it begins while they are looked for.
  const sound = encodeSound(ffmpeg, inFolder);
  const soundEnd = Promise.allSettled([sound]);
  try {
    const parts = (await findRanges(ffmpeg, inFolder)).map((range) => partOf(range, folder));
    const frames = await encodeParts(ffmpeg, inFolder, parts, sound);
    return { parts, frames, sound: await sound };
  } catch (error) {
    stop.abort(error);
    await soundEnd;
    throw error;
  }
}

/** Path of the sound; null where there is none. */
async function encodeSound(ffmpeg: Ffmpeg, request: EncodeLadderRequest): Promise<string | null> {
  const file = join(request.scratch, 'sound.mp4');
  const args = soundFileArgs({ ...request, outputFile: file });
  if (args === null) return null;
  const run = await ffmpeg.run({ args, signal: request.signal });
  if (run.errorCount > 0) throw new NotSplittable(`the sound is damaged: ${run.errors[0]}`);
  return file;
}

async function findRanges(ffmpeg: Ffmpeg, request: EncodeLadderRequest): Promise<readonly FrameRange[]> {
  const { plan, probe, vcpus } = request;
  const [rendition] = plan.renditions;
  if (rendition === undefined) throw new NotSplittable('the plan has no rendition');
  const { frameRate, gopFrames } = rendition;
  const frames = declaredFrames(probe, plan);
  const planning = planRanges({ frames, gopFrames, rate: toNumber(frameRate), vcpus });
  let step = planning.next(null);
  while (!step.done) step = planning.next(await findReadingPoint(ffmpeg, request, step.value));
  if (step.value === null) throw new NotSplittable('no good places for cuts were found');
  return step.value;
}

/** Frames of each part. */
async function encodeParts(
  ffmpeg: Ffmpeg,
  request: EncodeLadderRequest,
  parts: readonly Part[],
  sound: Promise<unknown>,
): Promise<number[]> {
  const { plan, probe, vcpus } = request;
  const total = declaredFrames(probe, plan);
  const lengthOf = ({ range }: Part) => range.frames ?? total - range.first;
  const done = parts.map(() => 0);
  const frames = parts.map(() => 0);
  const job = (part: Part, index: number, isLast: boolean) => async (signal: AbortSignal) => {
    const onFrames = (made: number) => {
      done[index] = made;
      const all = done.reduce((sum, value) => sum + value, 0);
      request.onProgress(Math.min(1, all / total) * ENCODE_SHARE);
    };
    frames[index] = await encodePart(ffmpeg, { ...request, signal }, part, { isLast, onFrames });
  };
  // Long ones first, so that the processors end together.
  const longestFirst = parts
    .map((part, index) => ({ part, index }))
    .sort((a, b) => lengthOf(b.part) - lengthOf(a.part))
    .map(({ part, index }, place) => job(part, index, place >= parts.length - vcpus));
  await runQueue([() => sound, ...longestFirst], Math.floor(vcpus), request.signal);
  return frames;
}
