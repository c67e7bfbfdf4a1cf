import { MillraceError } from '../errors.ts';
import type { Lane } from '../job.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { overLimit } from './over-limit.ts';
import { type ContainerLimits, type FunctionLimits, predict, predictLadder } from './predict.ts';

/** How the lane of a job is chosen: from a prediction, or always the same. */
export type LaneSetting = 'auto' | 'lambda' | 'chunked' | 'batch';

export interface LaneLimits {
  readonly functions: FunctionLimits;
  readonly container: ContainerLimits;
}

export interface LaneChoice {
  readonly lane: Lane;
  /** In words, for the status. */
  readonly laneReason: string;
  /** Scratch space that a container needs for the job; null in another lane, or when the source does not say. */
  readonly scratchMb: number | null;
}

/** A function is given what is predicted to need this part of its limits at most: predictions err by a third. */
export const FUNCTION_SHARE = 0.6;

/**
 * Where the tasks of a job run, from what they are predicted to need. Unknown length counts as too long for functions.
 * @throws MillraceError `limit.*` when even a container is predicted to be stopped: better now than after hours of work
 */
export function chooseLane(
  probe: Probe,
  plan: Plan,
  limits: LaneLimits,
  setting: LaneSetting = 'auto',
): LaneChoice {
  if (setting === 'lambda') {
    return {
      lane: 'lambda',
      laneReason: 'A setting of the service has every job start in functions.',
      scratchMb: null,
    };
  }
  if (setting === 'batch') {
    return inContainer(probe, plan, limits, 'A setting of the service has every job run in a container.');
  }
  const tasks = predict(plan, probe, limits.functions);
  // The longest one says it best.
  for (const prediction of tasks.toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0))) {
    const over = overLimit(prediction.task, prediction, 'a function', limits.functions, FUNCTION_SHARE);
    if (over === null) continue;
    return inContainer(
      probe,
      plan,
      limits,
      `${over.detail}, of which at most ${FUNCTION_SHARE * 100} % are counted on, so the job runs in a container.`,
    );
  }
  const seconds = tasks.flatMap((task) => task.seconds ?? []);
  if (seconds.length < tasks.length) {
    const reason = 'The file does not say how long it is, so the job runs in a container.';
    return inContainer(probe, plan, limits, reason);
  }
  return {
    lane: 'lambda',
    laneReason: `Every task is predicted to fit into a function: the longest takes about ${Math.max(...seconds)} of ${limits.functions.timeoutSeconds} seconds.`,
    scratchMb: null,
  };
}

function inContainer(probe: Probe, plan: Plan, { container }: LaneLimits, laneReason: string): LaneChoice {
  const prediction = predictLadder(plan, probe, container);
  const over = overLimit('The whole job', prediction, 'a container', container, 1);
  if (over !== null) throw new MillraceError(over.code, `${over.detail}.`);
  return { lane: 'batch', laneReason, scratchMb: prediction.scratchMb };
}
