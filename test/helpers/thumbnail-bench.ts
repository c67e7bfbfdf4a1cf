import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../shared/adapters/media-opener.ts';
import { createImages } from '../../shared/adapters/sharp-images.ts';
import { renditionArgs } from '../../shared/core/ffmpeg-args.ts';
import type { Output } from '../../shared/core/job.ts';
import { outputKey } from '../../shared/core/keys.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Ffmpeg } from '../../shared/core/ports/media.ts';
import type { SourceContext } from '../../shared/core/ports/work.ts';
import type { StoryboardTools } from '../../shared/tasks/make-storyboard.ts';

const JOB = 'job-1';

export interface ThumbnailBench {
  readonly tools: StoryboardTools;
  /** Arguments of each run of ffmpeg so far. */
  readonly runs: (readonly string[])[];
  readonly context: SourceContext;
  readonly progress: number[];
}

/**
 * All that making thumbnails of a file takes, with the real programs below `directory`: the probe, the plan and, unless
 * `renditionFails`, its lowest rendition in the outputs bucket.
 */
export async function openThumbnailBench(
  directory: string,
  file: string,
  {
    renditionFails = false,
    abort = new AbortController(),
    outputs = createFileStore(directory, 'outputs'),
    profile = DEFAULT_PROFILE,
  } = {},
): Promise<ThumbnailBench> {
  const binaries = await findMediaBinaries({
    ffmpeg: process.env['FFMPEG_PATH'],
    ffprobe: process.env['FFPROBE_PATH'],
  });
  const ffprobe = createFfprobe({
    program: binaries.ffprobe,
    limits: { maxPixels: 40_000_000, maxSeconds: 21_600 },
  });
  const real = createFfmpeg({ program: binaries.ffmpeg });
  const runs: (readonly string[])[] = [];
  const ffmpeg: Ffmpeg = {
    run: (run) => {
      runs.push(run.args);
      return real.run(run);
    },
  };
  const scratch = join(directory, 'scratch');
  await mkdir(scratch, { recursive: true });

  const input = { url: `file:${file}`, protocols: 'file' };
  const probe = await ffprobe.probe(input);
  const plan = planJob(probe, profile, 'hash');
  const committed: Output[] = [];
  const [rendition] = plan.renditions;
  if (!renditionFails && rendition !== undefined) {
    const path = `${rendition.name}.mp4`;
    const outputFile = join(directory, path);
    await real.run({ args: renditionArgs({ plan, rendition, probe, input, outputFile }) });
    const facts = await ffprobe.inspect(outputFile);
    const digest = createHash('sha256')
      .update(await readFile(outputFile))
      .digest('hex');
    await outputs.put(outputKey(JOB, path), outputFile, {
      contentType: 'video/mp4',
      sha256: digest,
      attempt: 1,
    });
    committed.push({
      name: rendition.name,
      kind: 'rendition',
      path,
      contentType: 'video/mp4',
      bytes: (await stat(outputFile)).size,
      sha256: digest,
      width: facts.width,
      height: facts.height,
      durationSeconds: facts.durationSeconds,
      bitrate: null,
      codecs: facts.codecs,
    });
  }
  const progress: number[] = [];
  return {
    tools: { ffmpeg, images: createImages(), openMedia: createMediaOpener(directory), outputs },
    runs,
    progress,
    context: {
      jobId: JOB,
      source: {
        bucket: 'uploads',
        key: 'clip.mp4',
        size: (await stat(file)).size,
        etag: 'e',
        versionId: null,
        sequencer: '0',
      },
      probe,
      plan,
      input,
      committed,
      scratch,
      signal: abort.signal,
      onProgress: (fraction) => progress.push(fraction),
    },
  };
}
