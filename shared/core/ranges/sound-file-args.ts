import { CONTENT_ONLY_ARGS, outputLimitSeconds, soundArgs } from '../ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { Plan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import type { Probe } from '../probe.ts';

export interface SoundFileArgsOptions {
  readonly plan: Plan;
  readonly probe: Probe;
  readonly input: MediaInput;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
}

/** The sound of a source alone, all of it, as the renditions carry it; null when they carry none. */
export function soundFileArgs({ plan, probe, input, outputFile }: SoundFileArgsOptions): string[] | null {
  if (!plan.audio || !probe.audio) return null;
  return [
    ...QUIET_ARGS,
    ...['-err_detect', 'crccheck'],
    ...inputArgs(input),
    ...soundArgs(plan.audio, probe.audio, probe),
    ...['-max_error_rate', '1', '-t', String(outputLimitSeconds(plan))],
    ...CONTENT_ONLY_ARGS,
    ...['-f', 'mp4', outputFile],
  ];
}
