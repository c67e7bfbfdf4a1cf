import { MillraceError } from '../../core/errors.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import { THUMBNAILS_TASK } from '../../core/plan-tasks.ts';
import type { EncodedLadder, EncodeLadder, LadderRequest, MakeLadder } from '../../core/ports/ladder.ts';
import type { ProbeTool } from '../../core/ports/media.ts';
import type { Made, SourceContext } from '../../core/ports/work.ts';
import { finishRendition, type JudgeContext } from '../finish-rendition.ts';
import type { StoryboardTools } from '../make-storyboard.ts';
import { makeThumbnails } from '../make-thumbnails.ts';
import { runQueue } from './run-queue.ts';
import { thumbnailsOfStills } from './thumbnails-of-stills.ts';

export interface LadderTools extends StoryboardTools {
  readonly probe: ProbeTool;
  readonly encode: EncodeLadder;
}

/** Of a task, until its files are verified. */
const MAX_RUNNING_PROGRESS = 0.99;

/**
 * Makes what is missing of a job: renditions and stills from one decode of the source, or the thumbnails alone, which
 * takes no encode. Each task is judged by itself, as where it runs alone.
 */
export function makeLadder(tools: LadderTools): MakeLadder {
  return async (request) => {
    const { plan, tasks, vcpus, signal } = request;
    const planned = [...plan.renditions.map(({ name }) => name), THUMBNAILS_TASK];
    const jobs = tasks
      .filter((task) => !planned.includes(task))
      .map((task) => settling(request, task, () => Promise.reject(notPlanned(task))));
    const wanted = planned.filter((task) => tasks.includes(task));
    if (wanted.length === 1 && wanted[0] === THUMBNAILS_TASK) {
      const thumbnails = makeThumbnails(tools);
      jobs.push(settling(request, THUMBNAILS_TASK, (ofJob) => thumbnails(contextOf(request, ofJob))));
    } else if (wanted.length > 0) {
      jobs.push(...finishing(tools, request, wanted, await encode(tools, request, wanted)));
    }
    await runQueue(jobs, Math.max(1, Math.floor(vcpus)), signal);
  };
}

type Job = (signal: AbortSignal) => Promise<void>;

/** Makes a task and hands over what comes of it; rejects only when that fails, or when it is aborted. */
function settling(
  { onMade }: Pick<LadderRequest, 'onMade'>,
  task: string,
  make: (signal: AbortSignal) => Promise<Made>,
): Job {
  return async (signal) => {
    const result = await make(signal).then(
      (made) => ({ kind: 'made', made }) as const,
      (error: unknown) => ({ kind: 'failed', error }) as const,
    );
    signal.throwIfAborted();
    await onMade(task, result);
  };
}

/** What was encoded; throws why nothing was. */
type Encoded = () => EncodedLadder;

async function encode(
  tools: LadderTools,
  request: LadderRequest,
  wanted: readonly string[],
): Promise<Encoded> {
  const { plan, probe, input, scratch, vcpus, signal, onProgress } = request;
  let highest = 0;
  try {
    const ladder = await tools.encode({
      ...{ plan, probe, input, scratch, vcpus, signal },
      renditions: plan.renditions.filter(({ name }) => wanted.includes(name)),
      stills: wanted.includes(THUMBNAILS_TASK),
      onProgress: (fraction) => {
        const progress = Math.min(MAX_RUNNING_PROGRESS, fraction);
        if (progress <= highest) return;
        highest = progress;
        for (const task of wanted) onProgress(task, progress);
      },
    });
    return () => ladder;
  } catch (error) {
    signal.throwIfAborted();
    return () => {
      throw error;
    };
  }
}

/** The lowest rendition first: it tells how long the video is, for the thumbnails. */
function finishing(
  tools: LadderTools,
  request: LadderRequest,
  wanted: readonly string[],
  encoded: Encoded,
): Job[] {
  const renditions = request.plan.renditions.filter(({ name }) => wanted.includes(name));
  const finished = new Map<string, Promise<Made>>();
  const finish = (rendition: RenditionPlan, signal: AbortSignal): Promise<Made> => {
    const begun =
      finished.get(rendition.name) ?? finishOne(tools.probe, { ...request, signal }, rendition, encoded);
    finished.set(rendition.name, begun);
    return begun;
  };
  const [lowest, ...others] = renditions.map((rendition) =>
    settling(request, rendition.name, (signal) => finish(rendition, signal)),
  );
  const thumbnails = settling(request, THUMBNAILS_TASK, async (signal) => {
    const { stills } = encoded();
    if (stills === null) throw leftOut(THUMBNAILS_TASK);
    const length = renditions[0] && finish(renditions[0], signal).then(lengthOf, () => null);
    return thumbnailsOfStills(tools, contextOf(request, signal), stills, (await length) ?? null);
  });
  return [
    ...(lowest === undefined ? [] : [lowest]),
    ...(wanted.includes(THUMBNAILS_TASK) ? [thumbnails] : []),
    ...others,
  ];
}

async function finishOne(
  probe: ProbeTool,
  context: JudgeContext,
  rendition: RenditionPlan,
  encoded: Encoded,
): Promise<Made> {
  const one = encoded().renditions.get(rendition.name);
  if (one === undefined) throw leftOut(rendition.name);
  return finishRendition(probe, context, rendition, one);
}

/** Seconds; null: not known. */
function lengthOf({ files }: Made): number | null {
  return files[0]?.durationSeconds ?? null;
}

function contextOf(request: LadderRequest, signal: AbortSignal): SourceContext {
  const onProgress = (fraction: number) =>
    request.onProgress(THUMBNAILS_TASK, Math.min(MAX_RUNNING_PROGRESS, fraction));
  return { ...request, signal, onProgress };
}

function notPlanned(task: string): MillraceError {
  return new MillraceError('infrastructure', `The plan of this job has no "${task}".`);
}

function leftOut(task: string): MillraceError {
  return new MillraceError('infrastructure', `The encode has left out "${task}".`);
}
