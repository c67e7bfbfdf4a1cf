import { inputArgs, QUIET_ARGS } from './ffmpeg-input.ts';
import type { PictureSize } from './picture.ts';
import { deinterlaceFilter, pictureFilter } from './picture-filter.ts';
import type { PicturePlan } from './plan.ts';
import type { MediaInput } from './ports/media.ts';
import type { Probe } from './probe.ts';
import { gridStart } from './timeline.ts';

/** Limited-range BT.709, as our own files and the end of the picture chain have it, to the pixels that images hold. */
const FROM_BT709 = 'in_color_matrix=bt709:in_range=tv:out_range=pc';
/** From the end of the picture chain to raw RGB. */
export const TO_RGB: readonly string[] = [
  `scale=flags=bicubic+accurate_rnd+full_chroma_int:${FROM_BT709}`,
  'format=rgb24',
];

export interface FramesAtOptions {
  readonly input: MediaInput;
  readonly picture: PicturePlan;
  readonly size: PictureSize;
  /** One frame is taken at each of these seconds, into the file of the same position. */
  readonly seconds: readonly number[];
  readonly files: readonly string[];
  /**
   * True: the frame shown at that time, at the price of decoding from the keyframe before it.
   * False: a keyframe near it, at the price of that one frame.
   */
  readonly exact: boolean;
}

/** Raw RGB frames of a source at some times, from one process; the file of a time without a frame stays empty. */
export function framesAtArgs({ input, picture, size, seconds, files, exact }: FramesAtOptions): string[] {
  const filter = [...deinterlaceFilter(picture), ...pictureFilter(picture, size), ...TO_RGB].join(',');
  // Weaving fields needs the frames beside the keyframe; they are few, because decoding stops at the first frame out.
  const keyframesOnly = exact || picture.deinterlace ? [] : ['-skip_frame', 'nokey'];
  return [
    ...QUIET_ARGS,
    ...seconds.flatMap((at) => [
      ...['-threads', '1', ...keyframesOnly],
      ...(exact ? [] : ['-noaccurate_seek']),
      ...(at > 0 ? ['-ss', at.toFixed(3)] : []),
      ...inputArgs(input),
    ]),
    ...files.flatMap((file, index) => [
      ...['-map', `${index}:v:${picture.videoOrdinal}`, '-filter:v', filter],
      ...['-frames:v', '1'],
      ...rawOutput(file),
    ]),
  ];
}

export interface KeyframeTilesOptions {
  /** A rendition of ours. */
  readonly input: MediaInput;
  /** Every n-th keyframe, from the first on. */
  readonly every: number;
  readonly size: PictureSize;
  readonly maxTiles: number;
  readonly file: string;
}

/** Storyboard tiles as raw RGB from the keyframes of a finished rendition; nothing else of it is decoded. */
export function keyframeTilesArgs({ input, every, size, maxTiles, file }: KeyframeTilesOptions): string[] {
  const filter = [
    `select='not(mod(n,${every}))'`,
    `scale=${size.width}:${size.height}:flags=bicubic:${FROM_BT709}`,
    'format=rgb24',
  ].join(',');
  return [
    ...QUIET_ARGS,
    ...['-threads', '1', '-skip_frame', 'nokey'],
    ...inputArgs(input),
    ...['-map', '0:v:0', '-filter:v', filter, '-frames:v', String(maxTiles)],
    ...rawOutput(file),
  ];
}

export interface SourceTilesOptions {
  readonly input: MediaInput;
  readonly picture: PicturePlan;
  readonly probe: Probe;
  readonly intervalSeconds: number;
  readonly size: PictureSize;
  readonly maxTiles: number;
  readonly file: string;
}

/** Storyboard tiles as raw RGB from one decode of the source: tile `i` is the frame shown at `i` intervals. */
export function sourceTilesArgs(options: SourceTilesOptions): string[] {
  const { input, picture, probe, intervalSeconds, size, maxTiles, file } = options;
  const filter = [
    ...deinterlaceFilter(picture),
    `fps=fps=1/${intervalSeconds}${gridStart(probe)}:round=up`,
    ...pictureFilter(picture, size),
    ...TO_RGB,
  ].join(',');
  return [
    ...QUIET_ARGS,
    ...inputArgs(input),
    ...['-map', `0:v:${picture.videoOrdinal}`, '-filter:v', filter, '-frames:v', String(maxTiles)],
    ...rawOutput(file),
  ];
}

/** Raw pictures, every frame once, whatever its time. */
export function rawOutput(file: string): string[] {
  return ['-vsync', '0', '-f', 'rawvideo', '-y', file];
}
