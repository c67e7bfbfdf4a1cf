import type { Output } from '../core/job.ts';
import type { Made, MadeFile, MakeContext, SourceContext } from '../core/ports/work.ts';
import { type Candidate, lookAtKeyframes, makePoster, writePoster } from './make-poster.ts';
import { makeStoryboard, type StoryboardTools } from './make-storyboard.ts';

/** Share of the work until the poster is chosen, for progress. */
const POSTER_SHARE = 0.3;

/** Where a task can show its poster before the rest is made, it tells what it has shown and how. */
export type ThumbnailsContext = SourceContext & Partial<Pick<MakeContext, 'task' | 'commitEarly'>>;

/** Makes the poster and the storyboard of a job, the poster first. */
export function makeThumbnails(tools: StoryboardTools): (context: ThumbnailsContext) => Promise<Made> {
  return async (context) => {
    const { onProgress } = context;
    const early = await makeEarlyPoster(tools, context);
    onProgress(POSTER_SHARE);
    const storyboard = await makeStoryboard(tools, {
      ...context,
      onProgress: (fraction) => onProgress(POSTER_SHARE + fraction * (1 - POSTER_SHARE)),
    });
    const posters =
      early.kind === 'wanting' ? await makePoster(tools, context, storyboard, early.best) : early.files;
    onProgress(1);
    return {
      files: [...posters, ...storyboard.files],
      committed: early.kind === 'made' ? early.committed : [],
      warnings: [],
    };
  };
}

export type EarlyPoster =
  | {
      readonly kind: 'made';
      /** Of an attempt before. */
      readonly committed: readonly Output[];
      /** To be committed with the rest, where there is no earlier way. */
      readonly files: readonly MadeFile[];
    }
  /** No keyframe shows anything; the best, when any could be decoded. */
  | { readonly kind: 'wanting'; readonly best: Candidate | undefined };

/** The poster of the source's keyframes, committed at once where that can be; one that an attempt before has committed stays. */
export async function makeEarlyPoster(
  tools: StoryboardTools,
  context: ThumbnailsContext,
): Promise<EarlyPoster> {
  const { task, commitEarly, plan } = context;
  const committed = (task?.outputs ?? []).filter(({ kind }) => kind === 'poster');
  if (committed.length > 0) return { kind: 'made', committed, files: [] };
  if (plan.durationSeconds === null) return { kind: 'wanting', best: undefined };
  const best = await lookAtKeyframes(tools, context, plan.durationSeconds);
  if (best === undefined || !best.score.usable) return { kind: 'wanting', best };
  const files = await writePoster(tools, context, best);
  if (commitEarly === undefined) return { kind: 'made', committed, files };
  await commitEarly(files);
  return { kind: 'made', committed, files: [] };
}
