import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import { renditionArgs } from '../core/ffmpeg-args.ts';
import type { RenditionPlan } from '../core/plan.ts';
import type { Ffmpeg, FfmpegProgress, FfmpegResult, ProbeTool } from '../core/ports/media.ts';
import type { MakeFromSource, SourceContext } from '../core/ports/work.ts';
import type { Probe } from '../core/probe.ts';
import { finishRendition } from './finish-rendition.ts';
import { holdingLastFrame } from './holding-last-frame.ts';
import { passThrough } from './pass-through.ts';

export interface MakeRenditionPorts {
  readonly ffmpeg: Ffmpeg;
  readonly probe: ProbeTool;
}

/** Shown until the file is verified. */
const MAX_RUNNING_PROGRESS = 0.99;

/**
 * Encodes one rendition into scratch, or copies it where the source is it already, verifies it and packages it for
 * playlists. A source that is damaged in parts gives a `source.incomplete` warning; one of which nothing worth keeping
 * can be decoded throws `input.corrupt`; a file that is not as planned throws `output.invalid`.
 */
export function makeRendition(ports: MakeRenditionPorts, renditionName: string): MakeFromSource {
  return async (context) => {
    const rendition = context.plan.renditions.find(({ name }) => name === renditionName);
    if (!rendition) {
      throw new MillraceError('infrastructure', `The plan of this job has no rendition "${renditionName}".`);
    }
    const file = join(context.scratch, `${rendition.name}.mp4`);
    let reached = 0;
    if (rendition.passThrough) {
      const onProgress = (fraction: number) => {
        reached = Math.min(MAX_RUNNING_PROGRESS, fraction);
        context.onProgress(reached);
      };
      const passed = await passThrough(ports.ffmpeg, { ...context, rendition, outputFile: file, onProgress });
      if (passed !== null) {
        return finishRendition(ports.probe, context, rendition, { file, run: passed, passedThrough: true });
      }
    }
    const onProgress = (fraction: number) => context.onProgress(reached + (1 - reached) * fraction);
    const run = await encode(ports.ffmpeg, { ...context, onProgress }, rendition, file);
    return finishRendition(ports.probe, context, rendition, { file, run });
  };
}

async function encode(
  ffmpeg: Ffmpeg,
  context: SourceContext,
  rendition: RenditionPlan,
  file: string,
): Promise<FfmpegResult> {
  const { input, plan, probe, signal } = context;
  let highest = 0;
  let frames = 0;
  const onProgress = (progress: FfmpegProgress) => {
    frames = progress.frames;
    const { outSeconds } = progress;
    if (!plan.durationSeconds) return;
    const fraction = Math.min(MAX_RUNNING_PROGRESS, outSeconds / plan.durationSeconds);
    if (fraction <= highest) return;
    highest = fraction;
    context.onProgress(fraction);
  };
  const run = (source: Probe) =>
    ffmpeg.run({
      args: renditionArgs({ plan, rendition, probe: source, input, outputFile: file }),
      signal,
      onProgress,
    });
  return holdingLastFrame(probe, run, () => frames);
}
