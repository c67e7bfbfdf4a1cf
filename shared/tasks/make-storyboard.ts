import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import { type FrameScore, isBetterFrame, scoreFrame } from '../core/frame-score.ts';
import type { Output } from '../core/job.ts';
import { outputKey } from '../core/keys.ts';
import { blankPicture, pastePicture } from '../core/picture.ts';
import type { RenditionPlan } from '../core/plan.ts';
import type { Ffmpeg, Images, MediaInput, OpenMedia } from '../core/ports/media.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { MadeFile, MakeContext } from '../core/ports/work.ts';
import { toNumber } from '../core/rational.ts';
import { countTiles, formatStoryboardVtt, layStoryboard } from '../core/storyboard.ts';
import { keyframeTilesArgs, sourceTilesArgs } from '../core/thumbnail-args.ts';
import { readMedia } from './read-media.ts';

/** Tiles at most, whatever a file says of its length: of 160x90 pixels, 86 MB of scratch. */
const MAX_TILES = 2000;
const SHEET_QUALITY = 70;

export interface StoryboardTools {
  readonly ffmpeg: Ffmpeg;
  readonly images: Images;
  readonly openMedia: OpenMedia;
  readonly outputs: ObjectStore;
}

export interface Storyboard {
  readonly files: readonly MadeFile[];
  /** Presentation length that the cues cover. */
  readonly durationSeconds: number;
  /** The tile that would make the best poster, and its time on the output's timeline. */
  readonly best: { readonly seconds: number; readonly score: FrameScore };
}

/** Outputs are as long as the source to within this. */
const MAX_PADDING_SECONDS = 0.15;

interface Tiles {
  readonly file: string;
  readonly intervalSeconds: number;
  /** Null when only the tiles tell. */
  readonly durationSeconds: number | null;
}

/**
 * Sprite sheets and their WebVTT index: tiles from the keyframes of the lowest rendition that is committed, or from
 * one decode of the source when none is.
 * @throws MillraceError `input.corrupt` when the source gives no picture, `output.invalid` when a rendition gives none
 */
export async function makeStoryboard(tools: StoryboardTools, context: MakeContext): Promise<Storyboard> {
  const { images } = tools;
  const shape = context.plan.thumbnails.storyboard;
  const size = { width: shape.tileWidth, height: shape.tileHeight };
  const lowest = lowestCommitted(context);
  const tiles = lowest ? await tilesOfRendition(tools, context, lowest) : await tilesOfSource(tools, context);
  const { intervalSeconds } = tiles;
  const frames = await images.countFrames(tiles.file, size);
  if (frames === 0) throw noPicture(lowest !== undefined);

  const durationSeconds = presentedSeconds(
    tiles.durationSeconds ?? frames * intervalSeconds,
    context.plan.durationSeconds,
  );
  const count = countTiles(frames, intervalSeconds, durationSeconds);
  const layout = layStoryboard({ ...shape, intervalSeconds }, count, durationSeconds);
  const files: MadeFile[] = [];
  let best: Storyboard['best'] | undefined;
  for (const sheet of layout.sheets) {
    context.signal.throwIfAborted();
    const canvas = blankPicture(sheet);
    for (let tile = sheet.firstTile; tile < sheet.firstTile + sheet.tiles; tile += 1) {
      const picture = await images.readFrame(tiles.file, size, tile);
      const cue = layout.cues[tile];
      if (cue !== undefined) pastePicture(canvas, picture, cue.x, cue.y);
      const score = scoreFrame(picture.rgb);
      if (!best || isBetterFrame(score, best.score)) best = { seconds: tile * intervalSeconds, score };
    }
    const file = join(context.scratch, sheet.name);
    await images.write(canvas, file, { format: 'jpeg', quality: SHEET_QUALITY });
    files.push(storyboardFile(sheet.name, 'image/jpeg', file, sheet));
  }
  if (best === undefined) throw noPicture(lowest !== undefined);
  const index = join(context.scratch, 'storyboard.vtt');
  await writeFile(index, formatStoryboardVtt(layout.cues));
  files.push(storyboardFile('storyboard.vtt', 'text/vtt', index, null));
  return { files, durationSeconds, best };
}

/** The planned length where a rendition differs by no more than its sound's last, padded packet. */
function presentedSeconds(made: number, planned: number | null): number {
  return planned !== null && Math.abs(made - planned) <= MAX_PADDING_SECONDS ? planned : made;
}

function lowestCommitted({ plan, committed }: MakeContext): [RenditionPlan, Output] | undefined {
  for (const rendition of plan.renditions) {
    const output = committed.find(({ kind, name }) => kind === 'rendition' && name === rendition.name);
    if (output !== undefined) return [rendition, output];
  }
  return undefined;
}

async function tilesOfRendition(
  tools: StoryboardTools,
  context: MakeContext,
  [rendition, output]: [RenditionPlan, Output],
): Promise<Tiles> {
  const { tileWidth, tileHeight, ...shape } = context.plan.thumbnails.storyboard;
  const durationSeconds = output.durationSeconds ?? context.plan.durationSeconds;
  const gopSeconds = rendition.gopFrames / toNumber(rendition.frameRate);
  const every =
    Math.max(1, Math.round(shape.intervalSeconds / gopSeconds)) * thinning(context, durationSeconds);
  const file = join(context.scratch, 'tiles.rgb');

  const key = outputKey(context.jobId, output.path);
  const info = await tools.outputs.head(key);
  if (info === undefined) throw unreadable(rendition, undefined);
  const pin = { etag: info.etag, versionId: null };
  const object = { store: tools.outputs, key, pin, size: info.size };
  const size = { width: tileWidth, height: tileHeight };
  const makeTiles = (input: MediaInput): Promise<void> => {
    const args = keyframeTilesArgs({ input, every, size, maxTiles: MAX_TILES, file });
    return runWithProgress(tools.ffmpeg, context, args, durationSeconds);
  };
  try {
    await readMedia(tools.openMedia, object, makeTiles, context.signal);
  } catch (error) {
    // Whatever is the matter with a file of ours, the uploaded one is not to blame.
    throw isInputError(error) ? unreadable(rendition, error) : error;
  }
  return { file, intervalSeconds: every * gopSeconds, durationSeconds };
}

async function tilesOfSource(tools: StoryboardTools, context: MakeContext): Promise<Tiles> {
  const { plan, probe, input } = context;
  const { tileWidth, tileHeight, ...shape } = plan.thumbnails.storyboard;
  const intervalSeconds = shape.intervalSeconds * thinning(context, plan.durationSeconds);
  const file = join(context.scratch, 'tiles.rgb');
  const args = sourceTilesArgs({
    input,
    picture: plan.picture,
    probe,
    intervalSeconds,
    size: { width: tileWidth, height: tileHeight },
    maxTiles: MAX_TILES,
    file,
  });
  await runWithProgress(tools.ffmpeg, context, args, plan.durationSeconds);
  return { file, intervalSeconds, durationSeconds: plan.durationSeconds };
}

/** Factor on the planned interval that keeps a file longer than planned within the tiles there may be. */
function thinning({ plan }: MakeContext, durationSeconds: number | null): number {
  const tiles = (durationSeconds ?? 0) / plan.thumbnails.storyboard.intervalSeconds;
  return Math.max(1, Math.ceil(tiles / MAX_TILES));
}

async function runWithProgress(
  ffmpeg: Ffmpeg,
  { signal, onProgress }: MakeContext,
  args: readonly string[],
  durationSeconds: number | null,
): Promise<void> {
  await ffmpeg.run({
    args,
    signal,
    onProgress: ({ outSeconds }) => {
      if (durationSeconds) onProgress(Math.min(1, Math.max(0, outSeconds / durationSeconds)));
    },
  });
}

function storyboardFile(
  name: string,
  contentType: string,
  file: string,
  size: { readonly width: number; readonly height: number } | null,
): MadeFile {
  return {
    name,
    kind: 'storyboard',
    path: name,
    contentType,
    width: size?.width ?? null,
    height: size?.height ?? null,
    durationSeconds: null,
    codecs: null,
    file,
  };
}

function isInputError(error: unknown): boolean {
  return error instanceof MillraceError && error.code.startsWith('input.');
}

function unreadable({ name }: RenditionPlan, cause: unknown): MillraceError {
  return new MillraceError('infrastructure', `The finished ${name} video could not be read.`, {
    retryable: true,
    cause,
  });
}

function noPicture(ofRendition: boolean): MillraceError {
  return ofRendition
    ? new MillraceError('output.invalid', 'A finished video gave no picture for the storyboard.', {
        retryable: true,
      })
    : new MillraceError('input.corrupt', 'No picture of the video could be decoded.');
}
