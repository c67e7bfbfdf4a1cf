import {
  CONTENT_ONLY_ARGS,
  gridFilter,
  mp4Args,
  outputLimitSeconds,
  soundArgs,
  videoEncoderArgs,
} from './ffmpeg-args.ts';
import { inputArgs, QUIET_ARGS } from './ffmpeg-input.ts';
import type { PictureSize } from './picture.ts';
import { deinterlaceFilter, pictureFilter } from './picture-filter.ts';
import type { PicturePlan, Plan, RenditionPlan } from './plan.ts';
import type { MediaInput } from './ports/media.ts';
import type { Probe } from './probe.ts';
import type { FrameRange } from './ranges/frame-range.ts';
import { rangeEncoderArgs, rangeGridFilter, seekArgs } from './ranges/range-args.ts';
import { type Rational, toNumber } from './rational.ts';
import { stillFrames } from './still-frames.ts';
import { teeTarget } from './tee-target.ts';
import { rawOutput, TO_RGB } from './thumbnail-args.ts';

/** A file to be written, and what is to be in it. */
export interface LadderOutput {
  readonly rendition: RenditionPlan;
  /** Path. */
  readonly file: string;
}

/** Later than the end of any output. */
const STILLS_LEAD_SECONDS = 100_000;

/**
 * Paths of raw RGB frames: see `stillFrames`. The posters begin with the first frame that is made, whichever that is;
 * they are written only where there are any to choose.
 */
export interface StillOutputs {
  readonly tiles: string;
  readonly posters: string;
}

export interface LadderArgsOptions {
  readonly plan: Plan;
  readonly probe: Probe;
  readonly input: MediaInput;
  /** None only where there are stills. */
  readonly outputs: readonly LadderOutput[];
  /** Whether the sound goes into each of them, where the plan has any. */
  readonly sound: boolean;
  /** How each file is written; omitted: as a progressive MP4. Only without sound. */
  readonly container?: readonly string[];
  /** Null: no stills. */
  readonly stills: StillOutputs | null;
  /** Grid frames to make; omitted: all. */
  readonly range?: FrameRange;
  /** Omitted: as many as ffmpeg likes. */
  readonly threads?: LadderThreads;
}

/** Threads of the decoder, and of each encoder. */
export interface LadderThreads {
  readonly decoder: number;
  readonly encoder: number;
}

/**
 * The whole command line, after the program's name, that makes renditions and stills of a source from one decode. The
 * sound is encoded once for all of them. Each file is what `renditionArgs` would make. The frames that ffmpeg counts
 * are those of each rendition; the seconds it counts are not of the renditions where stills are made.
 */
export function ladderArgs(options: LadderArgsOptions): string[] {
  const { plan, probe, input, outputs, stills, range, threads } = options;
  const [first] = plan.renditions;
  if (first === undefined || (outputs.length === 0 && stills === null)) {
    throw new RangeError('a ladder needs a rendition');
  }
  const { frameRate } = first;
  const grid = [
    ...deinterlaceFilter(plan.picture),
    ...(range ? rangeGridFilter(range, frameRate, probe) : gridFilter(frameRate, probe)),
    // The stills have times of their own, see below, so the limit in seconds does not end them.
    `trim=end_frame=${Math.ceil(outputLimitSeconds(plan) * toNumber(frameRate))}`,
  ];
  const stillBranches = stills === null ? [] : stillsOf(plan, frameRate, stills, range?.first ?? 0);
  const limit = ['-t', String(outputLimitSeconds(plan))];
  const sound = options.sound && plan.audio && probe.audio ? soundArgs(plan.audio, probe.audio, probe) : null;
  return [
    ...QUIET_ARGS,
    // Checksums that the streams carry are compared, so that damage is heard of.
    '-err_detect',
    'crccheck',
    ...(threads === undefined ? [] : ['-threads', String(threads.decoder)]),
    ...(range ? seekArgs(range) : []),
    ...inputArgs(input),
    '-filter_complex',
    ladderGraph(plan.picture, grid, [
      ...outputs.map(({ rendition }, index) => ({
        name: `v${index}`,
        filters: pictureFilter(plan.picture, rendition),
      })),
      ...stillBranches,
    ]),
    // How much damage is too much is decided afterwards, by the caller.
    '-max_error_rate',
    '1',
    // The grid is final. Old builds would lengthen it where a frame of the source lasted long.
    '-vsync',
    '0',
    ...(sound && outputs.length > 1
      ? sharedSoundOutput(options, [...sound, ...limit])
      : outputs.flatMap(({ rendition, file }, index) => [
          ...['-map', `[v${index}]`, ...videoEncoderArgs(rendition, threads?.encoder)],
          ...(range ? rangeEncoderArgs(range, rendition) : []),
          ...(sound ?? ['-an']),
          ...limit,
          ...(options.container ?? mp4Args()),
          file,
        ])),
    ...stillBranches.flatMap(({ name, file }) => ['-map', `[${name}]`, ...rawOutput(file)]),
  ];
}

/** All files as one output, whose packets are dealt out to them, so that each gets the same sound. */
function sharedSoundOutput({ outputs, threads }: LadderArgsOptions, sound: readonly string[]): string[] {
  return [
    ...outputs.flatMap((_output, index) => ['-map', `[v${index}]`]),
    ...outputs.flatMap(({ rendition }, index) =>
      ofStream(`v:${index}`, videoEncoderArgs(rendition, threads?.encoder)),
    ),
    // MP4 keeps the parameter sets in its header; behind `tee`, ffmpeg does not see that MP4 is what is written.
    ...['-flags:v', '+cgop+global_header'],
    ...sound,
    ...CONTENT_ONLY_ARGS,
    // Times must reach each file as they are: sound that begins before zero is what tells of its priming.
    ...['-avoid_negative_ts', 'disabled'],
    ...['-f', 'tee', teeTarget(outputs.map(({ file }, index) => ({ file, streams: [`v:${index}`, 'a'] })))],
  ];
}

/** Options with their values, each for one stream of the output only. */
function ofStream(stream: string, args: readonly string[]): string[] {
  return args.map((arg, index) => (index % 2 === 0 ? `${arg.replace(/:v$/, '')}:${stream}` : arg));
}

/** What is made of the frames of the grid; `name` is the pad that gives it. */
interface Branch {
  readonly name: string;
  readonly filters: readonly string[];
}

/**
 * Frames are chosen before they are scaled, so that stills cost next to nothing.
 *
 * ffmpeg always asks for the frame that is next by time, and lets all others pile up until it comes: a still that is
 * due minutes later would have every picture of a gap in the source kept in memory. So each branch gives its first
 * frame at once, and all of them bear times later than any other, so that none is ever asked for.
 */
function stillsOf(
  plan: Plan,
  frameRate: Rational,
  files: StillOutputs,
  firstFrame: number,
): (Branch & { readonly file: string })[] {
  const { picture, thumbnails } = plan;
  const { tileWidth, tileHeight } = thumbnails.storyboard;
  const { tileEvery, posters } = stillFrames(plan, frameRate);
  const position = firstFrame > 0 ? `n+${firstFrame}` : 'n';
  const still = (name: string, choice: string, size: PictureSize, file: string) => ({
    name,
    filters: [
      `select='${choice}'`,
      ...pictureFilter(picture, size),
      ...TO_RGB,
      `setpts=PTS+${STILLS_LEAD_SECONDS}/TB`,
    ],
    file,
  });
  const tileSize = { width: tileWidth, height: tileHeight };
  const isOneOf = (frames: readonly number[]) => frames.map((frame) => `+eq(${position},${frame})`).join('');
  return [
    still('tiles', `not(mod(${position},${tileEvery}))`, tileSize, files.tiles),
    ...(posters.length === 0
      ? []
      : [still('posters', `eq(n,0)${isOneOf(posters)}`, thumbnails.poster, files.posters)]),
  ];
}

function ladderGraph(picture: PicturePlan, grid: readonly string[], branches: readonly Branch[]): string {
  const pads = branches.map(({ name }) => `[to-${name}]`).join('');
  return [
    `[0:v:${picture.videoOrdinal}]${[...grid, `split=${branches.length}`].join(',')}${pads}`,
    ...branches.map(({ name, filters }) => `[to-${name}]${filters.join(',')}[${name}]`),
  ].join(';');
}
