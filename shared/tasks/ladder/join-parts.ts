import { createReadStream, createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pictureBytes } from '../../core/picture.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { EncodedLadder, EncodedStills, EncodeLadderRequest } from '../../core/ports/ladder.ts';
import type { Ffmpeg, FfmpegResult } from '../../core/ports/media.ts';
import { joinArgs, joinList } from '../../core/ranges/join-args.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { toNumber } from '../../core/rational.ts';
import { stillFrames } from '../../core/still-frames.ts';
import type { Part } from './encode-part.ts';
import { runQueue } from './run-queue.ts';

export interface MadeParts {
  /** In the order in which they are shown. */
  readonly parts: readonly Part[];
  /** Of each part. */
  readonly frames: readonly number[];
  /** Path of the sound; null: none. */
  readonly sound: string | null;
  /** Directory for the lists of files. */
  readonly folder: string;
  /** Directory for what is joined. */
  readonly target: string;
}

/** Joins the parts of every rendition with the sound, and removes them. */
export async function joinRenditions(
  ffmpeg: Ffmpeg,
  request: EncodeLadderRequest,
  made: MadeParts,
): Promise<EncodedLadder['renditions']> {
  const joined = new Map<string, { readonly file: string; readonly run: FfmpegResult }>();
  const jobs = request.renditions.map((rendition) => async (signal: AbortSignal) => {
    const file = join(made.target, `${rendition.name}.mp4`);
    joined.set(rendition.name, {
      file,
      run: await joinRendition(ffmpeg, { ...request, signal }, made, rendition, file),
    });
  });
  await runQueue(jobs, Math.floor(request.vcpus), request.signal);
  return joined;
}

/** What one encode of all frames would have said; joining has nothing to say of the source. */
async function joinRendition(
  ffmpeg: Ffmpeg,
  { signal }: EncodeLadderRequest,
  { parts, frames, sound, folder }: MadeParts,
  rendition: RenditionPlan,
  file: string,
): Promise<FfmpegResult> {
  const list = join(folder, `${rendition.name}.txt`);
  const pieces = parts.map((part, index) => ({ file: part.fileOf(rendition), frames: frames[index] ?? 0 }));
  await writeFile(list, joinList(pieces, rendition.frameRate));
  const run = await ffmpeg.run({ args: joinArgs({ list, sound, outputFile: file }), signal });
  const total = frames.reduce((sum, count) => sum + count, 0);
  if (run.errorCount > 0 || run.frames !== total) {
    throw new NotSplittable(`joining gave ${run.frames} frames of ${total}: ${run.errors[0] ?? 'no error'}`);
  }
  await Promise.all(pieces.map((piece) => rm(piece.file)));
  return { frames: total, outSeconds: total / toNumber(rendition.frameRate), errors: [], errorCount: 0 };
}

/** The stills of all parts in one file each, as from one encode of all frames. */
export async function joinStills(
  { plan }: EncodeLadderRequest,
  { parts, target }: Pick<MadeParts, 'parts' | 'target'>,
): Promise<EncodedStills> {
  const { poster, storyboard } = plan.thumbnails;
  const [rendition] = plan.renditions;
  if (rendition === undefined) throw new NotSplittable('the plan has no rendition');
  const { tileEvery, posters } = stillFrames(plan, rendition.frameRate);
  const files = { tiles: join(target, 'tiles.rgb'), posters: join(target, 'posters.rgb') };
  const tileBytes = pictureBytes({ width: storyboard.tileWidth, height: storyboard.tileHeight });
  await Promise.all([writeFile(files.tiles, ''), writeFile(files.posters, '')]);
  for (const { range, ...part } of parts) {
    // A part's stills begin with its first frame whether it is one or not, see `StillOutputs`.
    const isTile = range.first % tileEvery === 0;
    const isPoster = range.first === 0 || posters.includes(range.first);
    await append(part.tiles, files.tiles, isTile ? 0 : tileBytes);
    if (posters.length > 0) await append(part.posters, files.posters, isPoster ? 0 : pictureBytes(poster));
  }
  return {
    tiles: { file: files.tiles, intervalSeconds: storyboard.intervalSeconds },
    posters: { file: files.posters },
  };
}

async function append(file: string, target: string, skippedBytes: number): Promise<void> {
  await pipeline(createReadStream(file, { start: skippedBytes }), createWriteStream(target, { flags: 'a' }));
}
