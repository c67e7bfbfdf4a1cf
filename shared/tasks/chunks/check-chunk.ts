import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyframeCheckArgs, keyframeMismatches } from '../../core/chunks/keyframe-check.ts';
import { MillraceError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import type { MadeMedia, SourceContext } from '../../core/ports/work.ts';
import { toNumber } from '../../core/rational.ts';

/** H.264 High: 8-bit 4:2:0, whose level is not fixed. */
const HIGH_PROFILE = /^avc1\.64[0-9a-f]{4}$/i;

export interface MadeChunk {
  /** In the order of the plan's renditions. */
  readonly media: readonly MadeMedia[];
  /** Place on the job's grid. */
  readonly first: number;
  readonly frames: number;
}

/**
 * Verifies the packaged files of a chunk: codec, size, keyframes at their times, and that these decode.
 * @throws MillraceError `output.invalid`
 */
export async function checkChunk(
  ffmpeg: Ffmpeg,
  { plan, scratch, signal }: SourceContext,
  { media, first, frames }: MadeChunk,
): Promise<void> {
  const files = media.flatMap(({ file, track }) =>
    plan.renditions.flatMap((rendition) =>
      rendition.name === track ? [{ file, rendition, first, frames }] : [],
    ),
  );
  const output = join(scratch, 'keyframes.txt');
  const run = await ffmpeg.run({ args: keyframeCheckArgs(files, output), signal });
  const mismatches = [
    ...media
      .filter(({ codecs }) => !HIGH_PROFILE.test(codecs))
      .map(({ track, codecs }) => `${track} is ${codecs}, not H.264 High`),
    ...media
      .filter(({ track, start, timescale }) => !startsAt(plan, track, first, start / timescale))
      .map(({ track, start, timescale }) => `${track} begins at ${start / timescale} s`),
    ...(run.errorCount > 0 ? [`it does not decode: ${run.errors[0] ?? ''}`] : []),
    ...keyframeMismatches(await readFile(output, 'utf8'), files),
  ];
  if (mismatches.length > 0) {
    throw new MillraceError(
      'output.invalid',
      `A chunk from frame ${first} on is not as planned: ${mismatches.join('; ')}.`,
    );
  }
}

/** Whether a file begins with frame `first` of the job's grid, to the microsecond. */
function startsAt({ renditions }: Plan, track: string, first: number, seconds: number): boolean {
  const rendition = renditions.find(({ name }) => name === track);
  return rendition !== undefined && Math.abs(first / toNumber(rendition.frameRate) - seconds) < 1e-6;
}
