import { join } from 'node:path';
import { CONTENT_ONLY_ARGS } from '../../core/ffmpeg-args.ts';
import { ladderArgs } from '../../core/ladder-args.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { EncodeLadderRequest } from '../../core/ports/ladder.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import type { FrameRange } from '../../core/ranges/frame-range.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';

/**
 * The processes are what keeps the processors busy; more threads in one of them cost more than they bring, but at the
 * end, when there is nothing left for a processor that is done.
 */
const THREADS = { decoder: 1, encoder: 1 } as const;
const LAST_THREADS = { decoder: 1, encoder: 2 } as const;
/** An index at the end will do: the parts are written once more when they are joined. */
const CONTAINER = [...CONTENT_ONLY_ARGS, '-f', 'mp4'];

/** A range, and paths of what is made of it. */
export interface Part {
  readonly range: FrameRange;
  readonly fileOf: (rendition: RenditionPlan) => string;
  readonly tiles: string;
  readonly posters: string;
}

export interface PartRun {
  /** Whether no other part waits for a processor. */
  readonly isLast: boolean;
  readonly onFrames: (frames: number) => void;
}

export function partOf(range: FrameRange, folder: string): Part {
  const path = (name: string) => join(folder, `${range.first}-${name}`);
  return {
    range,
    fileOf: ({ name }) => path(`${name}.mp4`),
    tiles: path('tiles.rgb'),
    posters: path('posters.rgb'),
  };
}

/**
 * Encodes one range into its files; gives its frames.
 * @throws NotSplittable when there are not as many as there should be, or when the decoder met an error
 */
export async function encodePart(
  ffmpeg: Ffmpeg,
  request: EncodeLadderRequest,
  { range, fileOf, tiles, posters }: Part,
  { isLast, onFrames }: PartRun,
): Promise<number> {
  const { plan, probe, input, renditions, stills, signal } = request;
  const run = await ffmpeg.run({
    args: ladderArgs({
      ...{ plan, probe, input, range },
      outputs: renditions.map((rendition) => ({ rendition, file: fileOf(rendition) })),
      sound: false,
      container: CONTAINER,
      stills: stills ? { tiles, posters } : null,
      threads: isLast ? LAST_THREADS : THREADS,
    }),
    signal,
    onProgress: ({ frames }) => onFrames(frames),
  });
  const where = `from frame ${range.first} on`;
  if (run.errorCount > 0) throw new NotSplittable(`damaged ${where}: ${run.errors[0]}`);
  if (run.frames === 0 || (range.frames !== null && run.frames !== range.frames)) {
    throw new NotSplittable(`${run.frames} frames ${where}, not ${range.frames ?? 'at least one'}`);
  }
  onFrames(run.frames);
  return run.frames;
}
