import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import type { Output } from '../core/job.ts';
import { outputKey } from '../core/keys.ts';
import type { RenditionPlan } from '../core/plan.ts';
import type { Ffmpeg, Images, MediaInput, OpenMedia } from '../core/ports/media.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { SourceContext } from '../core/ports/work.ts';
import { toNumber } from '../core/rational.ts';
import { keyframeTilesArgs, sourceTilesArgs } from '../core/thumbnail-args.ts';
import {
  drawStoryboard,
  MAX_TILES,
  noPicture,
  type Storyboard,
  type Tiles,
  thinTiles,
} from './draw-storyboard.ts';
import { readMedia } from './read-media.ts';

export interface StoryboardTools {
  readonly ffmpeg: Ffmpeg;
  readonly images: Images;
  readonly openMedia: OpenMedia;
  readonly outputs: ObjectStore;
}

/**
 * Sprite sheets and their WebVTT index: tiles from the keyframes of the lowest rendition that is committed, or from
 * one decode of the source when none is.
 * @throws MillraceError `input.corrupt` when the source gives no picture, `output.invalid` when a rendition gives none
 */
export async function makeStoryboard(tools: StoryboardTools, context: SourceContext): Promise<Storyboard> {
  const lowest = lowestCommitted(context);
  const tiles = lowest ? await tilesOfRendition(tools, context, lowest) : await tilesOfSource(tools, context);
  const storyboard = await drawStoryboard(tools.images, context, tiles);
  if (storyboard === undefined) throw lowest ? noPictureOfOurs() : noPicture();
  return storyboard;
}

function lowestCommitted({ plan, committed }: SourceContext): [RenditionPlan, Output] | undefined {
  for (const rendition of plan.renditions) {
    const output = committed.find(({ kind, name }) => kind === 'rendition' && name === rendition.name);
    if (output !== undefined) return [rendition, output];
  }
  return undefined;
}

async function tilesOfRendition(
  tools: StoryboardTools,
  context: SourceContext,
  [rendition, output]: [RenditionPlan, Output],
): Promise<Tiles> {
  const { tileWidth, tileHeight, ...shape } = context.plan.thumbnails.storyboard;
  const durationSeconds = output.durationSeconds ?? context.plan.durationSeconds;
  const gopSeconds = rendition.gopFrames / toNumber(rendition.frameRate);
  const every =
    Math.max(1, Math.round(shape.intervalSeconds / gopSeconds)) * thinTiles(context.plan, durationSeconds);
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
  return { file, intervalSeconds: every * gopSeconds, every: 1, durationSeconds };
}

async function tilesOfSource(tools: StoryboardTools, context: SourceContext): Promise<Tiles> {
  const { plan, probe, input } = context;
  const { tileWidth, tileHeight, ...shape } = plan.thumbnails.storyboard;
  const intervalSeconds = shape.intervalSeconds * thinTiles(plan, plan.durationSeconds);
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
  return { file, intervalSeconds, every: 1, durationSeconds: plan.durationSeconds };
}

async function runWithProgress(
  ffmpeg: Ffmpeg,
  { signal, onProgress }: SourceContext,
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

function isInputError(error: unknown): boolean {
  return error instanceof MillraceError && error.code.startsWith('input.');
}

function unreadable({ name }: RenditionPlan, cause: unknown): MillraceError {
  return new MillraceError('infrastructure', `The finished ${name} video could not be read.`, {
    retryable: true,
    cause,
  });
}

function noPictureOfOurs(): MillraceError {
  return new MillraceError('output.invalid', 'A finished video gave no picture for the storyboard.', {
    retryable: true,
  });
}
