import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { DEFAULT_PROFILE, type Profile } from '../../shared/core/ladder.ts';
import { THUMBNAILS_TASK } from '../../shared/core/plan-tasks.ts';
import type { EncodeLadder, LadderRequest } from '../../shared/core/ports/ladder.ts';
import type { Ffmpeg, ProbeTool } from '../../shared/core/ports/media.ts';
import type { Made, SourceContext } from '../../shared/core/ports/work.ts';
import { encodeWhole } from '../../shared/tasks/ladder/encode-whole.ts';
import { makeLadder } from '../../shared/tasks/ladder/make-ladder.ts';
import { makeRendition } from '../../shared/tasks/make-rendition.ts';
import { makeThumbnails } from '../../shared/tasks/make-thumbnails.ts';
import { openThumbnailBench } from './thumbnail-bench.ts';

/** Three small renditions, quickly, and a tile every fifth of a second. */
export const SMALL_LADDER: Profile = {
  ...DEFAULT_PROFILE,
  rungs: [48, 64, 96].map((shortSide) => ({ name: `${shortSide}p`, shortSide, maxBitrate: 300_000 })),
  preset: 'ultrafast',
  gopSeconds: 0.2,
};

export type MadeOrError = { readonly made: Made } | { readonly error: unknown };

export interface LadderBench {
  readonly context: SourceContext;
  readonly ffmpeg: Ffmpeg;
  readonly probe: ProbeTool;
  /** Arguments of each run of ffmpeg for the ladder so far. */
  readonly runs: (readonly string[])[];
  /** What the functions make, each by itself. */
  apart(task: string): Promise<MadeOrError>;
  /** What is made at once of these tasks; default: all. */
  together(options?: {
    readonly tasks?: readonly string[];
    readonly encode?: EncodeLadder;
    readonly probe?: ProbeTool;
    readonly signal?: AbortSignal;
    readonly onMade?: LadderRequest['onMade'];
    readonly onProgress?: LadderRequest['onProgress'];
  }): Promise<ReadonlyMap<string, MadeOrError>>;
}

/** Both ways to make all of a local file, with the real binaries, below `directory`. */
export async function openLadderBench(
  directory: string,
  file: string,
  { profile = SMALL_LADDER, renditionFails = false } = {},
): Promise<LadderBench> {
  await mkdir(directory, { recursive: true });
  const { context, tools, runs } = await openThumbnailBench(directory, file, { profile, renditionFails });
  const binaries = await findMediaBinaries({
    ffmpeg: process.env['FFMPEG_PATH'],
    ffprobe: process.env['FFPROBE_PATH'],
  });
  const limits = { maxPixels: 40_000_000, maxSeconds: 21_600 };
  const probe = createFfprobe({ program: binaries.ffprobe, limits });
  const scratchOf = async (name: string) => {
    const scratch = join(directory, name);
    await mkdir(scratch, { recursive: true });
    return scratch;
  };
  const outcome = (making: Promise<Made>): Promise<MadeOrError> =>
    making.then(
      (made) => ({ made }),
      (error: unknown) => ({ error }),
    );
  return {
    context,
    probe,
    ffmpeg: tools.ffmpeg,
    runs,
    async apart(task) {
      const make =
        task === THUMBNAILS_TASK
          ? makeThumbnails(tools)
          : makeRendition({ ffmpeg: createFfmpeg({ program: binaries.ffmpeg }), probe }, task);
      return outcome(make({ ...context, scratch: await scratchOf('apart') }));
    },
    async together(options = {}) {
      const results = new Map<string, MadeOrError>();
      const { plan } = context;
      const make = makeLadder({
        ...tools,
        probe: options.probe ?? probe,
        encode: options.encode ?? encodeWhole(tools.ffmpeg),
      });
      await make({
        ...context,
        tasks: options.tasks ?? [...plan.renditions.map(({ name }) => name), THUMBNAILS_TASK],
        scratch: await scratchOf('together'),
        vcpus: 2,
        signal: options.signal ?? context.signal,
        onProgress: options.onProgress ?? (() => undefined),
        onMade:
          options.onMade ??
          (async (task, result) => {
            results.set(task, result.kind === 'made' ? { made: result.made } : { error: result.error });
          }),
      });
      return results;
    },
  };
}
