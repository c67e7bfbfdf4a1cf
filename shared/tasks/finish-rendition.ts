import { assessSource } from '../core/assess-source.ts';
import { MillraceError, type Warning } from '../core/errors.ts';
import { outputLimitSeconds } from '../core/ffmpeg-args.ts';
import type { RenditionPlan } from '../core/plan.ts';
import type { FfmpegResult, OutputFacts, ProbeTool } from '../core/ports/media.ts';
import type { Made, SourceContext } from '../core/ports/work.ts';
import { verifyRendition } from '../core/verify-rendition.ts';
import { packageRendition } from './hls/package-rendition.ts';

/** What a finished encode is judged by. */
export type JudgeContext = Pick<SourceContext, 'plan' | 'probe' | 'source' | 'signal'>;

export interface EncodedRendition {
  /** Path. */
  readonly file: string;
  /** What the encoder said of it. */
  readonly run: FfmpegResult;
  /** Whether its picture is the source's own; absent: it was encoded. */
  readonly passedThrough?: boolean;
}

/**
 * Verifies an encoded rendition, and packages it for playlists beside its file. A source that is damaged in parts gives
 * a `source.incomplete` warning.
 * @throws MillraceError `input.corrupt` when nothing worth keeping could be decoded, `output.invalid` when the file is
 * not as planned
 */
export async function finishRendition(
  probe: ProbeTool,
  context: JudgeContext,
  rendition: RenditionPlan,
  { file, run, passedThrough = false }: EncodedRendition,
): Promise<Made> {
  if (run.frames === 0) {
    throw new MillraceError('input.corrupt', 'Not a single frame of the video could be decoded.');
  }
  const facts = await probe.inspect(file, context.signal);
  const warnings = judgeRendition(context, rendition, run, facts);
  const { frames, width, height, audioEndSeconds } = facts;
  const finished = { file, frames, width, height, hasSound: audioEndSeconds !== null };
  const media = await packageRendition(context.plan, rendition, finished);
  return {
    files: [
      {
        name: rendition.name,
        kind: 'rendition',
        path: `${rendition.name}.mp4`,
        contentType: 'video/mp4',
        width,
        height,
        durationSeconds: facts.durationSeconds,
        codecs: facts.codecs,
        ...(passedThrough ? { passedThrough } : {}),
        file,
      },
    ],
    media,
    warnings,
  };
}

/**
 * What is to be said of a rendition that is as planned.
 * @throws MillraceError as {@link finishRendition} does
 */
export function judgeRendition(
  context: JudgeContext,
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
