import { audioEncoderArgs, CONTENT_ONLY_ARGS, downmixFilter } from '../ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { AudioPlan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import type { AudioStream, Probe } from '../probe.ts';
import { seekArgs } from '../ranges/range-args.ts';
import { timelineOffset } from '../timeline.ts';
import { PACKET_SAMPLES, type PacketRange } from './audio-pieces.ts';

/**
 * Packets made before those of a piece and left out: filters and the encoder settle in them. After 16, newer builds still
 * spend their bits otherwise than in one run (error of a loud sweep doubled); after 128 no more so than elsewhere.
 */
const LEAD_PACKETS = 128;
/** Packets made behind: an encoder looks ahead, and the last one it makes is of silence in part. */
const TAIL_PACKETS = 4;
/** Seconds of the source that are decoded before: its codec leans on the frame before. */
const WARM_UP_SECONDS = 0.25;
/** Seconds further back that are sought: seeking lands at or before a time. */
const SEEK_MARGIN_SECONDS = 0.25;
/** ffmpeg's encoder begins with one packet that is silent but for what overlaps the next. */
const PRIMING_PACKETS = 1;

export interface SoundPieceOptions {
  readonly plan: AudioPlan;
  readonly audio: AudioStream;
  readonly probe: Probe;
  readonly input: MediaInput;
  readonly range: PacketRange;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
  /** Text file to write: the decoded frames that it was made of, see `isUnbroken`. */
  readonly framesFile: string;
}

/** Leading packets of the file that {@link soundPieceArgs} writes that are not of the piece. */
export function leadingPackets({ first }: PacketRange): number {
  return PRIMING_PACKETS + leadOf(first);
}

/** Samples of the source's rate, from the presentation zero, that a piece is made from. */
export function pieceStart({ plan, audio, range }: Pick<SoundPieceOptions, 'plan' | 'audio' | 'range'>): {
  readonly source: number;
  readonly output: number;
} {
  const output = (range.first - leadOf(range.first)) * PACKET_SAMPLES;
  // The resampler's phases must be those of one run: it begins at a sample of the source that is one of the output.
  const divisor = greatestCommonDivisor(audio.sampleRate, plan.sampleRate);
  const step = Math.floor(output / (plan.sampleRate / divisor));
  return { source: step * (audio.sampleRate / divisor), output };
}

/**
 * The sound of a piece with what leads to it and follows it, encoded; made from the same samples by the same filters as
 * in one run over all of it.
 */
export function soundPieceArgs(options: SoundPieceOptions): string[] {
  const { plan, audio, probe, input, range, outputFile, framesFile } = options;
  const offset = timelineOffset(probe);
  const start = pieceStart(options);
  const warmUp = Math.round(WARM_UP_SECONDS * audio.sampleRate);
  const readFrom = start.source / audio.sampleRate - WARM_UP_SECONDS - SEEK_MARGIN_SECONDS;
  const end = range.packets === null ? null : (range.first + range.packets + TAIL_PACKETS) * PACKET_SAMPLES;
  const readTo =
    end === null ? '' : `:end_pts=${Math.ceil((end / plan.sampleRate) * audio.sampleRate) + warmUp}`;
  const graph = [
    [
      `[0:a:${plan.audioOrdinal}]${offset > 0 ? `asetpts=PTS-${offset}/TB,` : ''}`,
      `atrim=start_pts=${start.source}${readTo},asplit=2[sound][frames]`,
    ].join(''),
    `[sound]${[
      ...downmixFilter(audio),
      `aresample=${plan.sampleRate}:async=1`,
      `atrim=start_pts=${start.output}${end === null ? '' : `:end_pts=${end}`}`,
      'asetpts=PTS-STARTPTS',
      `aformat=sample_fmts=fltp:sample_rates=${plan.sampleRate}:channel_layouts=stereo`,
    ].join(',')}[piece]`,
  ].join(';');
  return [
    ...QUIET_ARGS,
    ...['-err_detect', 'crccheck'],
    ...seekArgs({ seekSeconds: readFrom + offset > 0 && range.first > 0 ? readFrom + offset : null }),
    ...inputArgs(input),
    ...['-filter_complex', graph, '-max_error_rate', '1'],
    ...['-map', '[piece]', ...audioEncoderArgs(plan), ...CONTENT_ONLY_ARGS, '-f', 'mp4', outputFile],
    ...['-map', '[frames]', '-c:a', 'pcm_s16le', '-f', 'framecrc', '-y', framesFile],
  ];
}

/**
 * Whether decoded frames, as `framecrc` lists them, follow one another from sample `start` on: a jump of the clock would
 * lie elsewhere in a run over everything.
 */
export function isUnbroken(text: string, start: number): boolean {
  const lines = text.matchAll(/^0,\s*-?\d+,\s*(-?\d+),\s*(\d+),/gm);
  let next = start;
  let frames = 0;
  for (const [, at, length] of lines) {
    if (Number(at) !== next) return false;
    next += Number(length);
    frames += 1;
  }
  return frames > 0;
}

function leadOf(first: number): number {
  return Math.min(first, LEAD_PACKETS);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
