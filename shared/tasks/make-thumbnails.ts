import type { MakeFromSource } from '../core/ports/work.ts';
import { makePoster } from './make-poster.ts';
import { makeStoryboard, type StoryboardTools } from './make-storyboard.ts';

/** Share of the work that the storyboard is, for progress. */
const STORYBOARD_SHARE = 0.7;

/** Makes the poster and the storyboard of a job. */
export function makeThumbnails(tools: StoryboardTools): MakeFromSource {
  return async (context) => {
    const { onProgress } = context;
    const storyboard = await makeStoryboard(tools, {
      ...context,
      onProgress: (fraction) => onProgress(fraction * STORYBOARD_SHARE),
    });
    onProgress(STORYBOARD_SHARE);
    const posters = await makePoster(tools, context, storyboard);
    onProgress(1);
    return { files: [...posters, ...storyboard.files], warnings: [] };
  };
}
