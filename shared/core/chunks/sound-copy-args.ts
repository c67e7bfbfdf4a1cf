import { CONTENT_ONLY_ARGS } from '../ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { AudioPlan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import { PACKET_SAMPLES } from './audio-pieces.ts';

export interface SoundCopyOptions {
  readonly plan: AudioPlan;
  readonly input: MediaInput;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
  /** Text file to write, see {@link liesOnGrid}. */
  readonly packetsFile: string;
}

/** The packets of a source's sound as they are, and a list of their times. */
export function soundCopyArgs({ plan, input, outputFile, packetsFile }: SoundCopyOptions): string[] {
  const sound = ['-map', `0:a:${plan.audioOrdinal}`, '-c:a', 'copy'];
  return [
    ...QUIET_ARGS,
    ...inputArgs(input),
    ...[...sound, ...CONTENT_ONLY_ARGS, '-f', 'mp4', outputFile],
    ...[...sound, '-f', 'framecrc', '-y', packetsFile],
  ];
}

/**
 * Whether packets, as `framecrc` lists them, follow one another without a gap, and one of them begins at the
 * presentation zero to the sample: then each can take its place on the job's timeline.
 */
export function liesOnGrid(text: string, sampleRate: number): boolean {
  if (!text.includes(`#tb 0: 1/${sampleRate}\n`)) return false;
  const times = [...text.matchAll(/^0,\s*-?\d+,\s*(-?\d+),/gm)].map(([, at]) => Number(at));
  const [first] = times;
  if (first === undefined || first > 0) return false;
  return times.every((at, index) => at === first + index * PACKET_SAMPLES) && first % PACKET_SAMPLES === 0;
}
