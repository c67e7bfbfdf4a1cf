import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChunkName } from '../../core/chunks/chunk-names.ts';
import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { chunkRange } from '../../core/chunks/chunk-range.ts';
import { MillraceError } from '../../core/errors.ts';
import { piecePath } from '../../core/hls/paths.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { MadeMedia, Make, MakeContext } from '../../core/ports/work.ts';
import type { FrameRange } from '../../core/ranges/frame-range.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { packagePicture } from '../hls/package-picture.ts';
import { findReadingPoint } from '../ladder/find-reading-point.ts';
import { checkChunk } from './check-chunk.ts';
import { type ChunkTools, encodeChunk } from './encode-chunk.ts';
import { orNotSplittable } from './or-not-splittable.ts';

/** Seconds of the source that may be decoded for nothing before a chunk begins. */
const MAX_LEAD_SECONDS = 60;

/**
 * Makes one chunk: every rendition of its frames from one decode, verified, as media files. The lowest rendition is
 * first.
 * @throws NotSplittable when the source cannot be cut there, or shows any damage: what that comes to is for an encode in
 * one piece to say
 */
export function makeChunk(tools: ChunkTools): Make {
  return async (context) => {
    const { plan, index } = chunkOf(context);
    return orNotSplittable(context.signal, async () => {
      const { range, leadErrors } = await reach(tools, context, plan, index);
      const frames = await encodeChunk(tools, context, { plan, index, range, leadErrors });
      const media: MadeMedia[] = [];
      for (const rendition of context.plan.renditions) {
        media.push(await packageChunk(context, plan, { rendition, index, first: range.first, frames }));
      }
      await checkChunk(tools.ffmpeg, context, { media, first: range.first, frames });
      return { files: [], media, warnings: [] };
    });
  };
}

interface NumberedChunk {
  readonly plan: ChunkPlan;
  readonly index: number;
}

function chunkOf({ task, plan }: MakeContext): NumberedChunk {
  const name = parseChunkName(task.name);
  if (plan.chunks === null || name?.kind !== 'picture' || name.index >= plan.chunks.chunks) {
    throw new MillraceError('infrastructure', `The plan of this job has no chunk "${task.name}".`);
  }
  return { plan: plan.chunks, index: name.index };
}

async function reach(
  tools: ChunkTools,
  context: MakeContext,
  plan: ChunkPlan,
  index: number,
): Promise<{ readonly range: FrameRange; readonly leadErrors: number }> {
  const { first, frames } = chunkRange(plan, index);
  if (first === 0) return { range: { first, frames, seekSeconds: null }, leadErrors: 0 };
  const point = await findReadingPoint(tools.ffmpeg, context, first);
  if (point === null) throw new NotSplittable(`nothing can be decoded around frame ${first} alone`);
  const { seekSeconds, leadSeconds, leadErrors } = point;
  if (leadSeconds > MAX_LEAD_SECONDS) {
    throw new NotSplittable(`frame ${first} takes decoding ${leadSeconds.toFixed(1)} seconds before it`);
  }
  return { range: { first, frames, seekSeconds }, leadErrors };
}

interface EncodedFrames {
  readonly rendition: RenditionPlan;
  readonly index: number;
  readonly first: number;
  readonly frames: number;
}

async function packageChunk(
  { scratch }: MakeContext,
  { segmentFrames }: ChunkPlan,
  { rendition, index, first, frames }: EncodedFrames,
): Promise<MadeMedia> {
  const { name, frameRate, gopFrames } = rendition;
  const file = join(scratch, `${name}.mp4`);
  const packaged = await packagePicture({
    ...{ file, track: name, frameRate, gopFrames, segmentFrames },
    outputFile: join(scratch, `${name}-media.mp4`),
    path: piecePath(name, index),
    firstFrame: first,
  });
  await rm(file);
  if (packaged.frames !== frames) {
    throw new MillraceError(
      'output.invalid',
      `A chunk of ${name} has ${packaged.frames} frames, not ${frames}.`,
    );
  }
  return packaged.media;
}
