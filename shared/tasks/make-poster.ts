import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import { type FrameScore, isBetterFrame, scoreFrame } from '../core/frame-score.ts';
import type { Picture } from '../core/picture.ts';
import type { Ffmpeg, ImageEncoding, Images } from '../core/ports/media.ts';
import type { MadeFile, MakeContext } from '../core/ports/work.ts';
import { framesAtArgs } from '../core/thumbnail-args.ts';
import type { Storyboard } from './make-storyboard.ts';

const POSTERS: readonly { name: string; contentType: string; encoding: ImageEncoding }[] = [
  { name: 'poster.jpg', contentType: 'image/jpeg', encoding: { format: 'jpeg', quality: 82 } },
  { name: 'poster.webp', contentType: 'image/webp', encoding: { format: 'webp', quality: 80 } },
];

export interface PosterTools {
  readonly ffmpeg: Ffmpeg;
  readonly images: Images;
}

interface Candidate {
  readonly picture: Picture;
  readonly score: FrameScore;
}

/** One look at the source: a process that takes a frame at each of these times. */
interface Look {
  readonly seconds: readonly number[];
  readonly exact: boolean;
}

/**
 * The still images of a video: the best of a few keyframes of the source, see {@link scoreFrame}. Only when none of
 * them shows anything are more looked at, then frames anywhere, at the best tile's time first.
 * @throws MillraceError `input.corrupt` when no frame can be decoded
 */
export async function makePoster(
  tools: PosterTools,
  context: MakeContext,
  { durationSeconds, best: tile }: Pick<Storyboard, 'durationSeconds' | 'best'>,
): Promise<readonly MadeFile[]> {
  const at = (...parts: number[]) => parts.map((part) => part * durationSeconds);
  const looks: readonly Look[] = [
    { seconds: at(0.25, 0.5, 0.75), exact: false },
    { seconds: at(0.1, 0.4, 0.85), exact: false },
    {
      seconds: [tile.score.usable ? tile.seconds : durationSeconds * 0.6, durationSeconds * 0.9],
      exact: true,
    },
    { seconds: [0], exact: true },
  ];
  let best: Candidate | undefined;
  for (const look of looks) {
    context.signal.throwIfAborted();
    for await (const candidate of takeCandidates(tools, context, look)) {
      if (!best || isBetterFrame(candidate.score, best.score)) best = candidate;
    }
    if (best?.score.usable) break;
  }
  if (best === undefined)
    throw new MillraceError('input.corrupt', 'No picture of the video could be decoded.');

  const files: MadeFile[] = [];
  for (const { name, contentType, encoding } of POSTERS) {
    const file = join(context.scratch, name);
    const { picture } = best;
    await tools.images.write(picture, file, encoding);
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

async function* takeCandidates(
  { ffmpeg, images }: PosterTools,
  { input, plan, scratch, signal }: MakeContext,
  { seconds, exact }: Look,
): AsyncGenerator<Candidate, void, undefined> {
  const { picture, thumbnails } = plan;
  const size = thumbnails.poster;
  const look = exact ? 'exact' : 'near';
  const files = seconds.map((at) => join(scratch, `${look}-${at.toFixed(3)}.rgb`));
  await ffmpeg.run({ args: framesAtArgs({ input, picture, size, seconds, files, exact }), signal });
  for (const file of files) {
    if ((await images.countFrames(file, size)) === 0) continue;
    const frame = await images.readFrame(file, size, 0);
    yield { picture: frame, score: scoreFrame(frame.rgb) };
  }
}
