import { mp4Args, outputLimitSeconds, soundArgs } from '../ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from '../ffmpeg-input.ts';
import type { Plan } from '../plan.ts';
import type { MediaInput } from '../ports/media.ts';
import type { Probe } from '../probe.ts';

/** What copying a source's picture leaves: the rendition, and lists of packets that tell whether it is one. */
export interface PassThroughFiles {
  /** Path of the MP4. */
  readonly video: string;
  /** Every packet of the picture. */
  readonly packets: string;
  /** Of each packet that has a picture which nothing before is needed for (IDR). */
  readonly closed: string;
  /** Of each packet with parameter sets of its own. */
  readonly parameters: string;
}

export interface PassThroughArgsOptions {
  readonly plan: Plan;
  readonly probe: Probe;
  readonly input: MediaInput;
  readonly files: PassThroughFiles;
}

/** Kinds of NAL units: H.264, table 7-1. */
const NAL = { idr: '5', messages: '6', parameters: '7-8' } as const;
/** Messages go, for they may tell of anything; the colours are told, as in every rendition. */
const COPY_FILTERS = [
  `filter_units=remove_types=${NAL.messages}`,
  'h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0',
].join(',');

/**
 * The whole command line, after the program's name, that copies the picture of a source into an MP4 with sound as every
 * rendition has it, lists the packets, and decodes everything, so that damage is heard of. The frames that ffmpeg counts
 * are the decoded ones.
 */
export function passThroughArgs({ plan, probe, input, files }: PassThroughArgsOptions): string[] {
  const picture = ['-map', `0:v:${plan.picture.videoOrdinal}`];
  const limit = ['-t', String(outputLimitSeconds(plan))];
  const list = (file: string, ...filter: string[]) => [
    ...[...picture, '-c:v', 'copy', ...filter, ...limit, '-f', 'framecrc', file],
  ];
  return [
    ...QUIET_ARGS,
    // Checksums that the streams carry are compared, so that damage is heard of.
    ...['-err_detect', 'crccheck'],
    ...inputArgs(input),
    ...[...picture, '-vsync', '0', ...limit, '-f', 'null', '-'],
    ...[...picture, '-c:v', 'copy', '-bsf:v', COPY_FILTERS],
    ...(plan.audio && probe.audio ? soundArgs(plan.audio, probe.audio, probe) : ['-an']),
    ...['-max_error_rate', '1', ...limit, ...mp4Args(), files.video],
    ...list(files.packets),
    ...list(files.closed, '-bsf:v', `filter_units=pass_types=${NAL.idr}`),
    ...list(files.parameters, '-bsf:v', `filter_units=pass_types=${NAL.parameters}`),
  ];
}
