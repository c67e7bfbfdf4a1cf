import { join } from 'node:path';
import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { MillraceError } from '../../core/errors.ts';
import type { MediaFile } from '../../core/hls/media-file.ts';
import { AUDIO_TRACK } from '../../core/hls/paths.ts';
import { committedFiles, endedChunks } from '../../core/join/committed-files.ts';
import { tilesLayout } from '../../core/join/tiles-layout.ts';
import { NotYet } from '../../core/not-yet.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { MediaInput } from '../../core/ports/media.ts';
import type { Make, MakeContext } from '../../core/ports/work.ts';
import { toNumber } from '../../core/rational.ts';
import { keyframeTilesArgs } from '../../core/thumbnail-args.ts';
import { drawStoryboard, MAX_TILES, type Tiles, thinTiles } from '../draw-storyboard.ts';
import { makePoster } from '../make-poster.ts';
import type { StoryboardTools } from '../make-storyboard.ts';
import { makeEarlyPoster } from '../make-thumbnails.ts';
import { readMedia } from '../read-media.ts';
import { placedIndexes, readHeads } from './read-heads.ts';
import { openVirtualFile, virtualObject } from './virtual-file.ts';

/** Shares of the work, for progress. */
const POSTER_SHARE = 0.2;
const TILES_SHARE = 0.6;

/**
 * Makes the thumbnails of a chunked job: the poster at once, where a keyframe of the source shows something; the
 * storyboard when all chunks are there, from keyframes of the lowest rendition, of which nothing else is read.
 * @throws NotYet while chunks are missing
 */
export function makeJoinedThumbnails(tools: StoryboardTools): Make {
  return async (context) => {
    const { chunks, onProgress } = context;
    const { lowest, chunkPlan } = plansOf(context);
    const poster = await makeEarlyPoster(tools, context);
    onProgress(POSTER_SHARE);

    const picture = committedFiles(chunkPlan, chunks, lowest.name);
    const sound = committedFiles(chunkPlan, chunks, AUDIO_TRACK);
    if (!picture.ended || !sound.ended) {
      throw new NotYet('Chunks that the storyboard shows are missing.', endedChunks(chunks));
    }
    const durationSeconds = Math.max(endOf(picture.files), endOf(sound.files));
    const tiles = await takeTiles(tools, context, lowest, { files: picture.files, durationSeconds });
    onProgress(TILES_SHARE);
    const storyboard = await drawStoryboard(tools.images, context, tiles);
    if (storyboard === undefined) {
      throw new MillraceError('output.invalid', 'The finished chunks gave no picture for the storyboard.');
    }
    const posters =
      poster.kind === 'wanting' ? await makePoster(tools, context, storyboard, poster.best) : poster.files;
    onProgress(1);
    return {
      files: [...posters, ...storyboard.files],
      committed: poster.kind === 'made' ? poster.committed : [],
      warnings: [],
    };
  };
}

function plansOf({ plan }: MakeContext): { readonly lowest: RenditionPlan; readonly chunkPlan: ChunkPlan } {
  const [lowest] = plan.renditions;
  if (lowest === undefined || plan.chunks === null) {
    throw new MillraceError('infrastructure', 'The plan of this job has no chunks to take pictures from.');
  }
  return { lowest, chunkPlan: plan.chunks };
}

/** Seconds at which the last file of a track ends; 0 without one. */
function endOf(files: readonly MediaFile[]): number {
  const last = files.at(-1);
  if (last === undefined) return 0;
  return last.segments.reduce((end, { duration }) => end + duration, last.start) / last.timescale;
}

async function takeTiles(
  { ffmpeg, openMedia, outputs }: StoryboardTools,
  { jobId, plan, scratch, signal }: MakeContext,
  { gopFrames, frameRate }: RenditionPlan,
  { files, durationSeconds }: { readonly files: readonly MediaFile[]; readonly durationSeconds: number },
): Promise<Tiles> {
  const { tileWidth: width, tileHeight: height, intervalSeconds } = plan.thumbnails.storyboard;
  const gopSeconds = gopFrames / toNumber(frameRate);
  const every = Math.max(1, Math.round(intervalSeconds / gopSeconds)) * thinTiles(plan, durationSeconds);
  const heads = await readHeads(outputs, jobId, files, signal);
  const layout = tilesLayout(placedIndexes(heads), every);
  const keyframes = openVirtualFile({
    ...{ store: outputs, jobId, head: layout.head(), pieces: layout.pieces },
    // Between two keyframes of a file lies all that is not wanted.
    maxGap: 0,
  });
  const file = join(scratch, 'tiles.rgb');
  const take = async (input: MediaInput): Promise<void> => {
    const args = keyframeTilesArgs({ input, every: 1, size: { width, height }, maxTiles: MAX_TILES, file });
    await ffmpeg.run({ args, signal });
  };
  await readMedia(openMedia, virtualObject(keyframes, signal), take, signal);
  return { file, intervalSeconds: every * gopSeconds, every: 1, durationSeconds };
}
