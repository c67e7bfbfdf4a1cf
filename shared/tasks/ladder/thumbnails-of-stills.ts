import type { EncodedStills } from '../../core/ports/ladder.ts';
import type { Made, SourceContext } from '../../core/ports/work.ts';
import { drawStoryboard, noPicture, thinTiles } from '../draw-storyboard.ts';
import { bestTaken, makePoster, type PosterTools } from '../make-poster.ts';

/**
 * The poster and the storyboard of frames that an encode has left; the source is looked at again only for a poster
 * that none of them can be.
 * @param madeSeconds Length of a rendition; null when there is none to tell.
 * @throws MillraceError `input.corrupt` when there is no frame
 */
export async function thumbnailsOfStills(
  tools: PosterTools,
  context: SourceContext,
  { tiles, posters }: EncodedStills,
  madeSeconds: number | null,
): Promise<Made> {
  const durationSeconds = madeSeconds ?? context.plan.durationSeconds;
  const every = thinTiles(context.plan, durationSeconds);
  const storyboard = await drawStoryboard(tools.images, context, { ...tiles, every, durationSeconds });
  if (storyboard === undefined) throw noPicture();
  const taken = await bestTaken(tools.images, posters.file, context.plan.thumbnails.poster);
  const stillImages = await makePoster(tools, context, storyboard, taken);
  return { files: [...stillImages, ...storyboard.files], warnings: [] };
}
