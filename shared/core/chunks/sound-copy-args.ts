import { CONTENT_ONLY_ARGS } from '../ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { AudioPlan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import { seekArgs } from '../ranges/range-args.ts';
import { PACKET_SAMPLES, type PacketRange } from './audio-pieces.ts';

/** Packets read before and behind those of a piece, so that a gap between two pieces shows in one of them at least. */
const MARGIN_PACKETS = 8;

export interface SoundCopyOptions {
  readonly plan: AudioPlan;
  readonly input: MediaInput;
  readonly range: PacketRange;
  /** Of the source. */
  readonly sampleRate: number;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
  /** Text file to write, see {@link packetPlaces}. */
  readonly packetsFile: string;
}

/** The packets of a part of a source's sound as they are, some more on both sides, and a list of their times. */
export function soundCopyArgs(options: SoundCopyOptions): string[] {
  const { plan, input, range, sampleRate, outputFile, packetsFile } = options;
  const { first, packets } = range;
  const seconds = (packet: number) => (packet * PACKET_SAMPLES) / sampleRate;
  const end = packets === null ? [] : ['-to', seconds(first + packets + MARGIN_PACKETS).toFixed(6)];
  const seekSeconds = first > MARGIN_PACKETS ? seconds(first - MARGIN_PACKETS) : null;
  // Seeking goes back to a frame of the picture; without, what lies before the zero leads in.
  const fromSeek = seekSeconds === null ? [] : ['-copypriorss', '0'];
  const sound = ['-map', `0:a:${plan.audioOrdinal}`, '-c:a', 'copy', ...fromSeek];
  return [
    ...QUIET_ARGS,
    ...seekArgs({ seekSeconds }),
    ...end,
    ...inputArgs(input),
    ...[...sound, ...CONTENT_ONLY_ARGS, '-f', 'mp4', outputFile],
    ...[...sound, '-f', 'framecrc', '-y', packetsFile],
  ];
}

/**
 * Where copied packets lie: `onGrid`, each can take its place on the job's timeline; `offGrid`, they follow one another
 * but none begins at the presentation zero to the sample, which is so in every part of a sound; `broken`, there is a gap,
 * or the part is not there.
 */
export type PacketPlaces =
  | { readonly kind: 'onGrid' /** Packets before the first of the range. */; readonly leading: number }
  | { readonly kind: 'offGrid' | 'broken' };

/** @param text packets as `framecrc` lists them */
export function packetPlaces(text: string, range: PacketRange, sampleRate: number): PacketPlaces {
  if (!text.includes(`#tb 0: 1/${sampleRate}\n`)) return { kind: 'offGrid' };
  const times = [...text.matchAll(/^0,\s*-?\d+,\s*(-?\d+),/gm)].map(([, at]) => Number(at));
  const [start] = times;
  if (start === undefined) return { kind: 'broken' };
  if (!times.every((at, index) => at === start + index * PACKET_SAMPLES)) return { kind: 'broken' };
  if (start % PACKET_SAMPLES !== 0) return { kind: 'offGrid' };
  const leading = range.first - start / PACKET_SAMPLES;
  return leading >= 0 && leading < times.length ? { kind: 'onGrid', leading } : { kind: 'broken' };
}
