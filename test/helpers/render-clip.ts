import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { Warning } from '../../shared/core/errors.ts';
import { DEFAULT_PROFILE, type Profile } from '../../shared/core/ladder.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { OutputFacts } from '../../shared/core/ports/media.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { makeRendition } from '../../shared/tasks/make-rendition.ts';
import { SOURCE } from '../fixtures/jobs.ts';

export interface Rendered {
  readonly probe: Probe;
  readonly plan: Plan;
  readonly facts: OutputFacts;
  readonly warnings: readonly Warning[];
  readonly file: string;
  readonly passedThrough: boolean;
  readonly progress: readonly number[];
}

/** The ladder's lowest rung, quickly. */
export const FAST_PROFILE: Profile = {
  ...DEFAULT_PROFILE,
  rungs: DEFAULT_PROFILE.rungs.slice(0, 1),
  preset: 'ultrafast',
};

/**
 * Probes, plans and makes the lowest rendition of a local file beside it, with the real binaries.
 * @param program another build of ffmpeg; default: what `FFMPEG_PATH` names, else the installed one
 */
export async function renderClip(
  source: string,
  profile: Profile = FAST_PROFILE,
  program: string | undefined = process.env['FFMPEG_PATH'],
): Promise<Rendered> {
  const binaries = await findMediaBinaries({ ffmpeg: program, ffprobe: process.env['FFPROBE_PATH'] });
  const tool = createFfprobe({
    program: binaries.ffprobe,
    limits: { maxPixels: 40_000_000, maxSeconds: 21_600 },
  });
  const input = { url: `file:${source}`, protocols: 'file' };
  const probe = await tool.probe(input);
  const plan = planJob(probe, profile, 'hash');
  const name = plan.renditions[0]?.name ?? '';
  const scratch = join(`${source}.made`, basename(source));
  await mkdir(scratch, { recursive: true });
  const progress: number[] = [];
  const made = await makeRendition(
    { ffmpeg: createFfmpeg({ program: binaries.ffmpeg }), probe: tool },
    name,
  )({
    jobId: 'job-1',
    source: { ...SOURCE, size: (await stat(source)).size },
    probe,
    plan,
    input,
    committed: [],
    scratch,
    signal: new AbortController().signal,
    onProgress: (fraction) => progress.push(fraction),
  });
  const file = join(scratch, `${name}.mp4`);
  const passedThrough = made.files[0]?.passedThrough ?? false;
  return {
    probe,
    plan,
    facts: await tool.inspect(file),
    warnings: made.warnings,
    file,
    passedThrough,
    progress,
  };
}
