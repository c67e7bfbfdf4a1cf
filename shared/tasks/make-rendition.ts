import { join } from 'node:path';
import { assessSource } from '../core/assess-source.ts';
import { MillraceError, type Warning } from '../core/errors.ts';
import { outputLimitSeconds, renditionArgs } from '../core/ffmpeg-args.ts';
import type { RenditionPlan } from '../core/plan.ts';
import type { Ffmpeg, FfmpegProgress, FfmpegResult, OutputFacts, ProbeTool } from '../core/ports/media.ts';
import type { Make, MakeContext } from '../core/ports/work.ts';
import type { Probe } from '../core/probe.ts';
import { verifyRendition } from '../core/verify-rendition.ts';

export interface MakeRenditionPorts {
  readonly ffmpeg: Ffmpeg;
  readonly probe: ProbeTool;
}

/** Shown until the file is verified. */
const MAX_RUNNING_PROGRESS = 0.99;

/**
 * Encodes one rendition into scratch and verifies it. A source that is damaged in parts gives a `source.incomplete`
 * warning; one of which nothing worth keeping can be decoded throws `input.corrupt`; a file that is not as planned
 * throws `output.invalid`.
 */
export function makeRendition(ports: MakeRenditionPorts, renditionName: string): Make {
  return async (context) => {
    const rendition = context.plan.renditions.find(({ name }) => name === renditionName);
    if (!rendition) {
      throw new MillraceError('infrastructure', `The plan of this job has no rendition "${renditionName}".`);
    }
    const file = join(context.scratch, `${rendition.name}.mp4`);
    const run = await encode(ports.ffmpeg, context, rendition, file);
    if (run.frames === 0) {
      throw new MillraceError('input.corrupt', 'Not a single frame of the video could be decoded.');
    }
    const facts = await ports.probe.inspect(file, context.signal);
    const warnings = judge(context, rendition, run, facts);
    return {
      files: [
        {
          name: rendition.name,
          kind: 'rendition',
          path: `${rendition.name}.mp4`,
          contentType: 'video/mp4',
          width: facts.width,
          height: facts.height,
          durationSeconds: facts.durationSeconds,
          codecs: facts.codecs,
          file,
        },
      ],
      warnings,
    };
  };
}

async function encode(
  ffmpeg: Ffmpeg,
  context: MakeContext,
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
  try {
    return await run(probe);
  } catch (error) {
    // Old builds crash when not a single frame reaches the filter that holds the last one.
    const mayHold = probe.pictureEndSeconds !== null && frames === 0;
    if (!(mayHold && error instanceof MillraceError && error.code === 'encode.failed')) throw error;
    return await run({ ...probe, pictureEndSeconds: null });
  }
}

function judge(
  context: MakeContext,
  rendition: RenditionPlan,
  run: FfmpegResult,
  facts: OutputFacts,
): Warning[] {
  const { plan, probe, source } = context;
  const mismatches = verifyRendition(facts, { rendition, audio: plan.audio, run });
  if (mismatches.length > 0) {
    const list = mismatches.map(
      ({ what, expected, found }) => `${what}: expected ${expected}, found ${found}`,
    );
    throw new MillraceError(
      'output.invalid',
      `The encoded ${rendition.name} is not as planned: ${list.join('; ')}.`,
    );
  }
  const verdict = assessSource({
    probe,
    sourceSize: source.size,
    run,
    facts,
    outputLimitSeconds: outputLimitSeconds(plan),
  });
  switch (verdict.kind) {
    case 'sound':
      return [];
    case 'incomplete':
      return [{ code: 'source.incomplete', detail: verdict.detail }];
    case 'corrupt':
      throw new MillraceError('input.corrupt', verdict.detail);
    case 'unexplained':
      throw new MillraceError(
        'output.invalid',
        `The encoded ${rendition.name} is too short. ${verdict.detail}`,
      );
  }
}
