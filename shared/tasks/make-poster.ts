import { join } from 'node:path';
import { type FrameScore, isBetterFrame, scoreFrame } from '../core/frame-score.ts';
import type { Picture, PictureSize } from '../core/picture.ts';
import type { Ffmpeg, ImageEncoding, Images } from '../core/ports/media.ts';
import type { MadeFile, SourceContext } from '../core/ports/work.ts';
import { framesAtArgs } from '../core/thumbnail-args.ts';
import { noPicture, type Storyboard } from './draw-storyboard.ts';

const POSTERS: readonly { name: string; contentType: string; encoding: ImageEncoding }[] = [
  { name: 'poster.jpg', contentType: 'image/jpeg', encoding: { format: 'jpeg', quality: 82 } },
  { name: 'poster.webp', contentType: 'image/webp', encoding: { format: 'webp', quality: 80 } },
];

export interface PosterTools {
  readonly ffmpeg: Ffmpeg;
  readonly images: Images;
}

/** A frame that may become the poster. */
export interface Candidate {
  readonly picture: Picture;
  readonly score: FrameScore;
}

/** One look at the source: a process that takes a frame at each of these times. */
interface Look {
  readonly seconds: readonly number[];
  readonly exact: boolean;
}

/**
 * The best of a few keyframes of the source, see {@link scoreFrame}; undefined when none can be decoded. Only when the
 * first ones show nothing are more looked at.
 * @param durationSeconds Of the video.
 */
export function lookAtKeyframes(
  tools: PosterTools,
  context: SourceContext,
  durationSeconds: number,
): Promise<Candidate | undefined> {
  const at = (...parts: number[]) => parts.map((part) => part * durationSeconds);
  const looks = [at(0.25, 0.5, 0.75), at(0.1, 0.4, 0.85)].map((seconds) => ({ seconds, exact: false }));
  return bestOfLooks(tools, context, looks);
}

/** The best of raw frames of the poster's size that an encode has left; undefined when there is none. */
export function bestTaken(images: Images, file: string, size: PictureSize): Promise<Candidate | undefined> {
  return bestOf(readCandidates(images, file, size));
}

/**
 * The still images of a video. When the best keyframe so far shows nothing, frames anywhere are looked at, the one at
 * the best tile's time first where there are tiles.
 * @param soFar Absent: keyframes are looked at first.
 * @throws MillraceError `input.corrupt` when no frame can be decoded
 */
export async function makePoster(
  tools: PosterTools,
  context: SourceContext,
  { durationSeconds, best: tile }: Pick<Storyboard, 'durationSeconds'> & Partial<Pick<Storyboard, 'best'>>,
  soFar?: Candidate,
): Promise<readonly MadeFile[]> {
  const tileSeconds = tile?.score.usable ? tile.seconds : durationSeconds * 0.6;
  const frames: readonly Look[] = [
    { seconds: [tileSeconds, durationSeconds * 0.9], exact: true },
    { seconds: [0], exact: true },
  ];
  const keyframe = soFar ?? (await lookAtKeyframes(tools, context, durationSeconds));
  const best = await bestOfLooks(tools, context, frames, keyframe);
  if (best === undefined) throw noPicture();
  return writePoster(tools, context, best);
}

/** The still images of one frame. */
export async function writePoster(
  { images }: Pick<PosterTools, 'images'>,
  { scratch }: Pick<SourceContext, 'scratch'>,
  { picture }: Candidate,
): Promise<readonly MadeFile[]> {
  const files: MadeFile[] = [];
  for (const { name, contentType, encoding } of POSTERS) {
    const file = join(scratch, name);
    await images.write(picture, file, encoding);
    files.push({
      name,
      kind: 'poster',
      path: name,
      contentType,
      width: picture.width,
      height: picture.height,
      durationSeconds: null,
      codecs: null,
      file,
    });
  }
  return files;
}

/** Looks until something can be seen. */
async function bestOfLooks(
  tools: PosterTools,
  context: SourceContext,
  looks: readonly Look[],
  soFar?: Candidate,
): Promise<Candidate | undefined> {
  let best = soFar;
  for (const look of looks) {
    if (best?.score.usable) break;
    context.signal.throwIfAborted();
    best = await bestOf(takeCandidates(tools, context, look), best);
  }
  return best;
}

async function* takeCandidates(
  { ffmpeg, images }: PosterTools,
  { input, plan, scratch, signal }: SourceContext,
  { seconds, exact }: Look,
): AsyncGenerator<Candidate, void, undefined> {
  const { picture, thumbnails } = plan;
  const size = thumbnails.poster;
  const look = exact ? 'exact' : 'near';
  const files = seconds.map((at) => join(scratch, `${look}-${at.toFixed(3)}.rgb`));
  await ffmpeg.run({ args: framesAtArgs({ input, picture, size, seconds, files, exact }), signal });
  for (const file of files) yield* readCandidates(images, file, size);
}

async function* readCandidates(
  images: Images,
  file: string,
  size: PictureSize,
): AsyncGenerator<Candidate, void, undefined> {
  const frames = await images.countFrames(file, size);
  for (let index = 0; index < frames; index += 1) {
    const picture = await images.readFrame(file, size, index);
    yield { picture, score: scoreFrame(picture.rgb) };
  }
}

async function bestOf(
  candidates: AsyncIterable<Candidate>,
  soFar?: Candidate,
): Promise<Candidate | undefined> {
  let best = soFar;
  for await (const candidate of candidates) {
    if (!best || isBetterFrame(candidate.score, best.score)) best = candidate;
  }
  return best;
}
