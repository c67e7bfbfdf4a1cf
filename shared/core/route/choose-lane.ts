import { MillraceError } from '../errors.ts';
import type { Lane } from '../job.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { overLimit } from './over-limit.ts';
import { type FunctionLimits, predict } from './predict.ts';

export interface LaneChoice {
  readonly lane: Lane;
  /** In words, for the status. */
  readonly laneReason: string;
}

/**
 * Where the tasks of a job run, from what they are predicted to need.
 * @param sourceBytes Size of the uploaded file.
 * @throws MillraceError `limit.*` when a task is predicted to be stopped: better now than after minutes of work
 */
export function chooseLane(
  probe: Probe,
  plan: Plan,
  limits: FunctionLimits,
  sourceBytes: number,
): LaneChoice {
  const predictions = predict(plan, probe, limits);
  const over = overLimit(predictions, limits, sourceBytes);
  if (over !== null) throw new MillraceError(over.code, over.detail);
  const seconds = predictions.map((prediction) => prediction.seconds);
  const longest = seconds.includes(null) ? null : Math.max(...seconds.filter((each) => each !== null));
  return {
    lane: 'lambda',
    laneReason:
      longest === null
        ? 'The file does not say how long it is, so its tasks are tried in functions.'
        : `Every task is predicted to fit into a function: the longest takes about ${longest} of ${limits.timeoutSeconds} seconds.`,
  };
}
