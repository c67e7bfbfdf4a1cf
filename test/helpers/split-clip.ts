import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { EncodedLadder, EncodeLadderRequest } from '../../shared/core/ports/ladder.ts';
import type { Ffmpeg } from '../../shared/core/ports/media.ts';
import { encodeWhole } from '../../shared/tasks/ladder/encode-whole.ts';
import { FAST_PROFILE } from './render-clip.ts';

export interface SplitTools {
  readonly ffmpeg: Ffmpeg;
  readonly request: EncodeLadderRequest;
}

/**
 * What an encode of a local file needs, with the real binaries and a new directory beside it.
 * @param program another build of ffmpeg; default: what `FFMPEG_PATH` names, else the installed one
 */
export async function openForSplit(
  source: string,
  program: string | undefined = process.env['FFMPEG_PATH'],
): Promise<SplitTools> {
  const binaries = await findMediaBinaries({ ffmpeg: program, ffprobe: process.env['FFPROBE_PATH'] });
  const tool = createFfprobe({
    program: binaries.ffprobe,
    limits: { maxPixels: 40_000_000, maxSeconds: 21_600 },
  });
  const input = { url: `file:${source}`, protocols: 'file' };
  const probe = await tool.probe(input);
  const plan = planJob(probe, FAST_PROFILE, 'hash');
  return {
    ffmpeg: createFfmpeg({ program: binaries.ffmpeg }),
    request: {
      ...{ probe, plan, input, renditions: plan.renditions, stills: true, vcpus: 2 },
      scratch: await mkdtemp(`${source}.split-`),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  };
}

/** What one process makes of the same. */
export async function encodeInOnePiece({ ffmpeg, request }: SplitTools): Promise<EncodedLadder> {
  const scratch = join(request.scratch, 'whole');
  await mkdir(scratch);
  return encodeWhole(ffmpeg)({ ...request, scratch });
}

/** The parts of a ladder of one rendition. */
export function singleOf({ renditions, stills }: EncodedLadder) {
  const [rendition] = renditions.values();
  if (!rendition || !stills) throw new Error('a part is missing');
  return { ...rendition, tiles: stills.tiles.file, posters: stills.posters.file };
}
