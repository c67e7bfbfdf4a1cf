import { join } from 'node:path';
import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { chunkShortfall } from '../../core/chunks/chunk-shortfall.ts';
import { MillraceError } from '../../core/errors.ts';
import { CONTENT_ONLY_ARGS } from '../../core/ffmpeg-args.ts';
import { ladderArgs } from '../../core/ladder-args.ts';
import { ladderThreads } from '../../core/ladder-threads.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import type { SourceContext } from '../../core/ports/work.ts';
import type { FrameRange } from '../../core/ranges/frame-range.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';

export interface ChunkTools {
  readonly ffmpeg: Ffmpeg;
  /** Processors to keep busy; may be a fraction. */
  readonly vcpus: number;
}

export interface ChunkEncode {
  readonly plan: ChunkPlan;
  readonly index: number;
  readonly range: FrameRange;
  /** See `ReadingPoint`. */
  readonly leadErrors: number;
}

/** Until the files are packaged and verified. */
const ENCODE_SHARE = 0.95;
/** An index at the end will do: the files are read but once. */
const CONTAINER = [...CONTENT_ONLY_ARGS, '-f', 'mp4'];

/**
 * Encodes the range of a chunk into `<scratch>/<rendition>.mp4` for each rendition; gives its frames.
 * @throws NotSplittable when there are not as many as there should be, or when the decoder met an error
 */
export async function encodeChunk(
  { ffmpeg, vcpus }: ChunkTools,
  { plan: job, probe, input, scratch, signal, onProgress }: SourceContext,
  { plan, index, range, leadErrors }: ChunkEncode,
): Promise<number> {
  const [lowest] = job.renditions;
  if (lowest === undefined)
    throw new MillraceError('infrastructure', 'The plan of this job has no rendition.');
  const expected = range.frames ?? Math.max(1, plan.declaredFrames - range.first);
  const run = await ffmpeg.run({
    args: ladderArgs({
      ...{ plan: job, probe, input, range },
      outputs: job.renditions.map((rendition) => ({
        rendition,
        file: join(scratch, `${rendition.name}.mp4`),
      })),
      sound: false,
      container: CONTAINER,
      stills: null,
      threads: ladderThreads(vcpus),
    }),
    signal,
    onProgress: ({ frames }) => onProgress(Math.min(1, frames / expected) * ENCODE_SHARE),
  });
  if (run.errorCount > leadErrors) {
    throw new NotSplittable(
      `damaged from frame ${range.first} on: ${run.errors[leadErrors] ?? 'no message'}`,
    );
  }
  const shortfall = chunkShortfall(plan, index, { made: run.frames, frameRate: lowest.frameRate });
  if (shortfall !== null) throw new NotSplittable(shortfall);
  return run.frames;
}
