import { inputArgs, QUIET_ARGS } from './ffmpeg-input.ts';
import { deinterlaceFilter, pictureFilter } from './picture-filter.ts';
import type { AudioPlan, Plan, RenditionPlan } from './plan.ts';
import type { MediaInput } from './ports/media.ts';
import type { AudioStream, Probe } from './probe.ts';
import { formatRational, type Rational, toNumber } from './rational.ts';
import { gridStart, timelineOffset } from './timeline.ts';

/** ffmpeg knows a layout, and so a downmix, for at most this many channels. */
const MAX_KNOWN_CHANNELS = 8;
/** Packets held back until every track has begun; the default of 128 fails when sound starts seconds late. */
const MUXING_QUEUE_PACKETS = 4096;
/** A last frame is held no longer, whatever the file says. */
const MAX_HELD_SECONDS = 600;
/** Of a source that does not say how long it is: the service's default limit, 6 hours. */
const MAX_UNDECLARED_SECONDS = 21_600;

export interface RenditionArgsOptions {
  readonly plan: Plan;
  readonly rendition: RenditionPlan;
  readonly probe: Probe;
  readonly input: MediaInput;
  /** Path of the MP4 to write. */
  readonly outputFile: string;
  /** Encoder threads; omitted: as many as ffmpeg likes. */
  readonly threads?: number;
}

/** The whole command line, after the program's name, that makes one rendition of a source. */
export function renditionArgs(options: RenditionArgsOptions): string[] {
  const { plan, rendition, probe, input, outputFile, threads } = options;
  const video = [
    ...deinterlaceFilter(plan.picture),
    ...gridFilter(rendition.frameRate, probe),
    ...pictureFilter(plan.picture, rendition),
  ];
  return [
    ...QUIET_ARGS,
    // Checksums that the streams carry are compared, so that damage is heard of.
    '-err_detect',
    'crccheck',
    ...inputArgs(input),
    '-map',
    `0:v:${plan.picture.videoOrdinal}`,
    '-filter:v',
    video.join(','),
    ...videoEncoderArgs(rendition, threads),
    ...(plan.audio && probe.audio ? soundArgs(plan.audio, probe.audio, probe) : ['-an']),
    // How much damage is too much is decided afterwards, by the caller.
    '-max_error_rate',
    '1',
    '-t',
    String(outputLimitSeconds(plan)),
    ...mp4Args(),
    outputFile,
  ];
}

/**
 * Seconds of output at which an encode is stopped: far beyond what the source declares. Only times that jump, which
 * would otherwise be filled with copies of one frame, get there.
 */
export function outputLimitSeconds(plan: Pick<Plan, 'durationSeconds'>): number {
  return plan.durationSeconds === null ? MAX_UNDECLARED_SECONDS : Math.ceil(plan.durationSeconds * 2 + 60);
}

/**
 * Puts frames on the constant grid that starts at the source's presentation zero; a late first frame fills from there,
 * and the last one stays until the end where the source tells it.
 */
export function gridFilter(frameRate: Rational, probe: Probe): string[] {
  const rate = toNumber(frameRate);
  return [
    `fps=fps=${formatRational(frameRate)}${gridStart(probe)}:round=near`,
    ...holdFilter(rate, probe.pictureEndSeconds),
    'setpts=PTS-STARTPTS',
  ];
}

/** Shows the last frame until `endSeconds` after the first; nothing where that is not known. */
export function holdFilter(rate: number, endSeconds: number | null): string[] {
  if (endSeconds === null) return [];
  return [
    `tpad=stop=${Math.ceil(MAX_HELD_SECONDS * rate)}:stop_mode=clone`,
    `trim=end_frame=${Math.max(1, Math.round(endSeconds * rate))}`,
  ];
}

/** H.264 High under a capped constant rate factor, one closed GOP after another, tagged BT.709. */
export function videoEncoderArgs(rendition: RenditionPlan, threads?: number): string[] {
  return [
    '-c:v',
    'libx264',
    '-preset',
    rendition.preset,
    '-profile:v',
    'high',
    // The fastest preset leaves it out, and the stream would then be of the Baseline profile.
    '-8x8dct',
    '1',
    '-pix_fmt',
    'yuv420p',
    '-crf',
    String(rendition.crf),
    '-maxrate',
    String(rendition.maxBitrate),
    '-bufsize',
    String(rendition.maxBitrate * 2),
    '-g',
    String(rendition.gopFrames),
    '-keyint_min',
    String(rendition.gopFrames),
    '-sc_threshold',
    '0',
    '-flags:v',
    '+cgop',
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
    '-color_range',
    'tv',
    ...(threads === undefined ? [] : ['-threads:v', String(threads)]),
  ];
}

/** The sound, in whatever output these stand before. */
export function soundArgs(plan: AudioPlan, audio: AudioStream, probe: Probe): string[] {
  return [
    ...['-map', `0:a:${plan.audioOrdinal}`],
    ...['-filter:a', audioFilter(plan, audio, probe).join(',')],
    ...audioEncoderArgs(plan),
  ];
}

/** Sound from the presentation zero on, gaps and a late start filled with silence, mixed down to stereo. */
export function audioFilter(plan: AudioPlan, audio: AudioStream, probe: Probe): string[] {
  const offset = timelineOffset(probe);
  return [
    ...(offset > 0 ? [`asetpts=PTS-${offset}/TB`] : []),
    ...downmixFilter(audio),
    `aresample=${plan.sampleRate}:async=1:first_pts=0`,
    `aformat=sample_fmts=fltp:sample_rates=${plan.sampleRate}:channel_layouts=stereo`,
  ];
}

/** Takes the first two of more channels than there is a downmix for; nothing where ffmpeg knows one. */
export function downmixFilter({ channels }: Pick<AudioStream, 'channels'>): string[] {
  return channels > MAX_KNOWN_CHANNELS ? ['pan=stereo|c0=c0|c1=c1'] : [];
}

export function audioEncoderArgs(plan: AudioPlan): string[] {
  return [
    '-c:a',
    'aac',
    '-profile:a',
    'aac_low',
    '-b:a',
    String(plan.bitrate),
    '-ar',
    String(plan.sampleRate),
    '-ac',
    '2',
  ];
}

/** Picture and sound, and nothing of the source's metadata. */
export const CONTENT_ONLY_ARGS: readonly string[] = [
  '-sn',
  '-dn',
  '-map_metadata',
  '-1',
  '-map_chapters',
  '-1',
  '-max_muxing_queue_size',
  String(MUXING_QUEUE_PACKETS),
];

/** A progressive MP4, index first, with nothing of the source's metadata. */
export function mp4Args(): string[] {
  return [...CONTENT_ONLY_ARGS, '-movflags', '+faststart', '-f', 'mp4'];
}
