import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import { type FrameScore, isBetterFrame, scoreFrame } from '../core/frame-score.ts';
import { blankPicture, pastePicture } from '../core/picture.ts';
import type { Plan } from '../core/plan.ts';
import type { Images } from '../core/ports/media.ts';
import type { MadeFile, SourceContext } from '../core/ports/work.ts';
import { countTiles, formatStoryboardVtt, layStoryboard } from '../core/storyboard.ts';

/** Tiles at most, whatever a file says of its length: of 160x90 pixels, 86 MB of scratch. */
export const MAX_TILES = 2000;
/** Outputs are as long as the source to within this. */
const MAX_PADDING_SECONDS = 0.15;
const SHEET_QUALITY = 70;

export interface Storyboard {
  readonly files: readonly MadeFile[];
  /** Presentation length that the cues cover. */
  readonly durationSeconds: number;
  /** The tile that would make the best poster, and its time on the output's timeline. */
  readonly best: { readonly seconds: number; readonly score: FrameScore };
}

/** Raw RGB frames of the plan's tile size. */
export interface Tiles {
  /** Path. */
  readonly file: string;
  /** Between one frame of the file and the next. */
  readonly intervalSeconds: number;
  /** Only every n-th frame of the file is drawn. */
  readonly every: number;
  /** Of the video; null when only the tiles tell. */
  readonly durationSeconds: number | null;
}

/** Sprite sheets of the tiles and their WebVTT index; undefined when there is no tile. */
export async function drawStoryboard(
  images: Images,
  context: Pick<SourceContext, 'plan' | 'scratch' | 'signal'>,
  tiles: Tiles,
): Promise<Storyboard | undefined> {
  const shape = context.plan.thumbnails.storyboard;
  const size = { width: shape.tileWidth, height: shape.tileHeight };
  const intervalSeconds = tiles.intervalSeconds * tiles.every;
  const frames = Math.ceil((await images.countFrames(tiles.file, size)) / tiles.every);
  const durationSeconds = presentedSeconds(
    tiles.durationSeconds ?? frames * intervalSeconds,
    context.plan.durationSeconds,
  );
  const count = countTiles(frames, intervalSeconds, durationSeconds);
  const layout = layStoryboard({ ...shape, intervalSeconds }, count, durationSeconds);
  const files: MadeFile[] = [];
  let best: Storyboard['best'] | undefined;
  for (const sheet of layout.sheets) {
    context.signal.throwIfAborted();
    const canvas = blankPicture(sheet);
    for (let tile = sheet.firstTile; tile < sheet.firstTile + sheet.tiles; tile += 1) {
      const picture = await images.readFrame(tiles.file, size, tile * tiles.every);
      const cue = layout.cues[tile];
      if (cue !== undefined) pastePicture(canvas, picture, cue.x, cue.y);
      const score = scoreFrame(picture.rgb);
      if (!best || isBetterFrame(score, best.score)) best = { seconds: tile * intervalSeconds, score };
    }
    const file = join(context.scratch, sheet.name);
    await images.write(canvas, file, { format: 'jpeg', quality: SHEET_QUALITY });
    files.push(storyboardFile(sheet.name, 'image/jpeg', file, sheet));
  }
  if (best === undefined) return undefined;
  const index = join(context.scratch, 'storyboard.vtt');
  await writeFile(index, formatStoryboardVtt(layout.cues));
  files.push(storyboardFile('storyboard.vtt', 'text/vtt', index, null));
  return { files, durationSeconds, best };
}

/** Factor on the planned interval that keeps a file longer than planned within the tiles there may be. */
export function thinTiles({ thumbnails }: Plan, durationSeconds: number | null): number {
  const tiles = (durationSeconds ?? 0) / thumbnails.storyboard.intervalSeconds;
  return Math.max(1, Math.ceil(tiles / MAX_TILES));
}

export function noPicture(): MillraceError {
  return new MillraceError('input.corrupt', 'No picture of the video could be decoded.');
}

/** The planned length where a rendition differs by no more than its sound's last, padded packet. */
function presentedSeconds(made: number, planned: number | null): number {
  return planned !== null && Math.abs(made - planned) <= MAX_PADDING_SECONDS ? planned : made;
}

function storyboardFile(
  name: string,
  contentType: string,
  file: string,
  size: { readonly width: number; readonly height: number } | null,
): MadeFile {
  return {
    name,
    kind: 'storyboard',
    path: name,
    contentType,
    width: size?.width ?? null,
    height: size?.height ?? null,
    durationSeconds: null,
    codecs: null,
    file,
  };
}
