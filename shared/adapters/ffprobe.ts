import { announcesItsEnd, breaksOff } from '../core/breaks-off.ts';
import { codecString } from '../core/codec-string.ts';
import { MillraceError } from '../core/errors.ts';
import { inputArgs } from '../core/ffmpeg-input.ts';
import { FfprobeReport, type FfprobeStream } from '../core/ffprobe-schema.ts';
import { parseCount, parseSeconds } from '../core/ffprobe-values.ts';
import { goesOnAfter, packetsAfterArgs } from '../core/packets-after.ts';
import { type ProbeLimits, parseProbe } from '../core/parse-probe.ts';
import type { MediaInput, OutputFacts, ProbeTool } from '../core/ports/media.ts';
import { isGuess, notAVideo, probeFailure } from '../core/probe-failure.ts';
import { readMp4Layout } from './mp4-layout.ts';
import { readEnds } from './read-ends.ts';
import { type ChildResult, runChild } from './run-child.ts';

export interface FfprobeSettings {
  /** Absolute path of ffprobe. */
  readonly program: string;
  readonly limits: ProbeLimits;
  /** Milliseconds a probe may take; default 20 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 20_000;
/** Counting packets reads the whole file. */
const INSPECT_TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** The static build crashes on many MPEG-TS files when it finds the system's character set converters. */
export const CHILD_ENV = { GCONV_PATH: '/nonexistent' };
const REPORT_ARGS = [
  '-hide_banner',
  '-loglevel',
  'level+warning',
  '-of',
  'json',
  '-show_format',
  '-show_streams',
];
/** Encryption shows on packets even where the headers hide it. */
const FIRST_PACKETS = ['-show_packets', '-read_intervals', '%+#8'];

/** ffprobe as a child process with an empty environment, limits on time and output, and JSON checked by a schema. */
export function createFfprobe(settings: FfprobeSettings): ProbeTool {
  const timeoutMs = settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const run = (args: readonly string[], limitMs: number, signal: AbortSignal | undefined) =>
    runChild({
      program: settings.program,
      args,
      env: CHILD_ENV,
      timeoutMs: limitMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
  return {
    async probe(input: MediaInput, signal?: AbortSignal) {
      const result = await run([...REPORT_ARGS, ...FIRST_PACKETS, ...inputArgs(input)], timeoutMs, signal);
      if (result.timedOut || result.overflowed) {
        const limit = result.timedOut
          ? `${timeoutMs / 1000} seconds`
          : `${MAX_OUTPUT_BYTES} bytes of description`;
        throw new MillraceError('input.corrupt', `The file's headers could not be read within ${limit}.`);
      }
      if (result.signal === 'SIGKILL') {
        throw new MillraceError(
          'limit.memory',
          'Reading the headers of the file took more memory than there is.',
          {
            retryable: true,
          },
        );
      }
      if (result.exitCode !== 0) throw probeFailure(result.stderr);
      if (isGuess(result.stderr)) throw notAVideo();
      const json = parseJson(result);
      const container = FfprobeReport.safeParse(json).data?.format.format_name ?? '';
      const brokenOff = announcesItsEnd(container) && breaksOff(container, await readEnds(input, signal));
      const probe = parseProbe(json, settings.limits, brokenOff);
      const { pictureEndSeconds, startSeconds, video } = probe;
      if (pictureEndSeconds === null) return probe;
      const end = startSeconds + pictureEndSeconds;
      const read = await run(packetsAfterArgs(input, video.ordinal, end), timeoutMs, signal);
      // The picture is ended there, so a header that is wrong would cut it off without a word.
      const isTrue = read.exitCode === 0 && !goesOnAfter(parseJson(read), end);
      return isTrue ? probe : { ...probe, pictureEndSeconds: null };
    },

    async inspect(file: string, signal?: AbortSignal) {
      const args = [...REPORT_ARGS, '-count_packets', '-protocol_whitelist', 'file', '-i', `file:${file}`];
      const result = await run(args, INSPECT_TIMEOUT_MS, signal);
      if (result.exitCode !== 0) throw unreadable(result);
      const report = FfprobeReport.safeParse(parseJson(result));
      if (!report.success) throw unreadable(result, report.error);
      return outputFacts(report.data, await readMp4Layout(file));
    },
  };
}

function outputFacts(report: FfprobeReport, layout: Awaited<ReturnType<typeof readMp4Layout>>): OutputFacts {
  const video = report.streams.find((stream) => stream.codec_type === 'video');
  const audio = report.streams.find((stream) => stream.codec_type === 'audio');
  const duration = parseSeconds(report.format.duration);
  if (!video || duration === null || layout.avcConfig === null) {
    throw new MillraceError('output.invalid', 'The encoded file has no H.264 video track or no duration.');
  }
  const videoSpan = spanOf(video);
  const audioSpan = audio ? spanOf(audio) : null;
  return {
    width: video.width ?? 0,
    height: video.height ?? 0,
    pixelFormat: video.pix_fmt ?? 'unknown',
    videoCodec: video.codec_name ?? 'unknown',
    frames: parseCount(video.nb_read_packets) ?? 0,
    videoStartSeconds: videoSpan.start,
    videoEndSeconds: videoSpan.end,
    audioCodec: audio?.codec_name ?? null,
    audioStartSeconds: audioSpan?.start ?? null,
    audioEndSeconds: audioSpan?.end ?? null,
    durationSeconds: duration,
    codecs: codecString(layout.avcConfig, audio ? String(audio.profile ?? 'LC') : null),
    faststart: layout.faststart,
  };
}

function spanOf(stream: FfprobeStream): { readonly start: number; readonly end: number } {
  const start = parseSeconds(stream.start_time) ?? 0;
  return { start, end: start + (parseSeconds(stream.duration) ?? 0) };
}

function parseJson(result: ChildResult): unknown {
  try {
    return JSON.parse(result.stdout);
  } catch (cause) {
    throw new MillraceError('infrastructure', 'ffprobe did not answer in JSON.', { cause });
  }
}

function unreadable(result: ChildResult, cause: unknown = result.stderr): MillraceError {
  return new MillraceError('output.invalid', 'The encoded file cannot be read back.', { cause });
}
