import { MillraceError, type Warning } from '../../core/errors.ts';
import { decodeCheckArgs, framesToCheck } from '../../core/join/decode-check-args.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { Ffmpeg, MediaInput, OpenMedia, OutputFacts, ProbeTool } from '../../core/ports/media.ts';
import type { Probe } from '../../core/probe.ts';
import { type JudgeContext, judgeRendition } from '../finish-rendition.ts';
import { readMedia } from '../read-media.ts';
import { type VirtualFile, virtualObject } from './virtual-file.ts';

export interface CheckTools {
  readonly ffmpeg: Ffmpeg;
  readonly probe: ProbeTool;
  readonly openMedia: OpenMedia;
}

/** A joined file by what its pieces say. */
export interface JoinedFile {
  readonly rendition: RenditionPlan;
  readonly file: VirtualFile;
  readonly frames: number;
  /** RFC 6381, of both tracks. */
  readonly codecs: string;
}

export interface CheckedJoin {
  readonly facts: OutputFacts;
  readonly warnings: readonly Warning[];
}

/**
 * Verifies a joined file by its index and by decoding its first and last frames; between them lie bytes of pieces that
 * are verified.
 * @throws MillraceError `output.invalid`
 */
export async function checkJoined(
  tools: CheckTools,
  context: JudgeContext,
  joined: JoinedFile,
): Promise<CheckedJoin> {
  const { file, rendition, frames } = joined;
  const { signal } = context;
  const check = async (input: MediaInput): Promise<OutputFacts> => {
    const found = await tools.probe.probe(input, signal);
    for (const part of framesToCheck(frames, rendition.gopFrames)) {
      const run = await tools.ffmpeg.run({ args: decodeCheckArgs(input, rendition, part), signal });
      if (run.errorCount > 0) throw invalid(joined, `it does not decode: ${run.errors[0] ?? 'no message'}`);
      if (run.frames !== part.frames) {
        throw invalid(joined, `${run.frames} of ${part.frames} frames are shown from frame ${part.first} on`);
      }
    }
    return factsOf(found, joined);
  };
  let facts: OutputFacts;
  try {
    facts = await readMedia(tools.openMedia, virtualObject(file, signal), check, signal);
  } catch (error) {
    const isOurs = error instanceof MillraceError && error.code.startsWith('input.');
    throw isOurs ? invalid(joined, error.message, error) : error;
  }
  const run = { frames, outSeconds: facts.durationSeconds, errors: [], errorCount: 0 };
  return { facts, warnings: judgeRendition(context, rendition, run, facts) };
}

function factsOf({ video, audio, durationSeconds }: Probe, joined: JoinedFile): OutputFacts {
  if (durationSeconds === null || video.durationSeconds === null || video.frames === null) {
    throw invalid(joined, 'its index tells no length');
  }
  return {
    width: video.width,
    height: video.height,
    pixelFormat: video.pixelFormat,
    videoCodec: video.codec,
    frames: video.frames,
    videoStartSeconds: video.startSeconds,
    videoEndSeconds: video.startSeconds + video.durationSeconds,
    audioCodec: audio?.codec ?? null,
    audioStartSeconds: audio?.startSeconds ?? null,
    audioEndSeconds: audio && audio.startSeconds + (audio.durationSeconds ?? Number.NaN),
    durationSeconds,
    codecs: joined.codecs,
    // Its header is written first.
    faststart: true,
  };
}

function invalid({ rendition }: JoinedFile, detail: string, cause?: unknown): MillraceError {
  return new MillraceError('output.invalid', `The joined ${rendition.name} is not as planned: ${detail}.`, {
    cause,
  });
}
