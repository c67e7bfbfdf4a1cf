import { type BatchQueue, type BatchRun, MAX_SPOT_LOSSES, MAX_SUBMISSIONS } from './batch-run.ts';
import type { ContainerEnd } from './container-end.ts';
import { MillraceError } from './errors.ts';
import type { Task } from './job.ts';

/** What a container has, for words. */
export interface ContainerLimits {
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** Whether the next container would end the same way. */
export function isFinal(end: ContainerEnd): boolean {
  return end === 'timeout' || end === 'memory' || end === 'misconfigured';
}

/** Why a task ends with its container; null when the end is not final. */
export function containerFailure(
  end: ContainerEnd,
  task: Task,
  { timeoutSeconds, memoryMb }: ContainerLimits,
): MillraceError | null {
  const reached = `at ${Math.floor(task.progress * 100)} % of ${task.name}`;
  switch (end) {
    case 'timeout':
      return new MillraceError(
        'limit.timeout',
        `The container was stopped after its time limit of ${inWords(timeoutSeconds)}, ${reached}.`,
        { remedy: 'Upload a shorter video, or ask the operator for a longer time limit of containers.' },
      );
    case 'memory':
      return new MillraceError(
        'limit.memory',
        `The container was ended for lack of memory, of which it has ${memoryMb} MB, ${reached}.`,
        { remedy: 'Upload a video with a smaller picture, or ask the operator for larger containers.' },
      );
    case 'misconfigured':
      return new MillraceError(
        'infrastructure',
        `The container that was to make ${task.name} is not set up correctly.`,
        { remedy: 'Ask the operator to look at the log of the container, then retry the job.' },
      );
    default:
      return null;
  }
}

/** Why the tasks of a job end that no container has made in {@link MAX_SUBMISSIONS} submissions. */
export function submissionsSpent({ batchJobId }: Pick<BatchRun, 'batchJobId'>, task: Task): MillraceError {
  return new MillraceError(
    'infrastructure',
    batchJobId === null
      ? `No container could be started for ${task.name}, in ${MAX_SUBMISSIONS} tries.`
      : `${MAX_SUBMISSIONS} containers were asked for to make ${task.name}, and none got it done.`,
    { retryable: true },
  );
}

/** Where the next container of a job is asked for, after one that has ended so. */
export function nextQueue(
  run: Pick<BatchRun, 'queue' | 'spotLosses'>,
  end: ContainerEnd,
): { readonly queue: BatchQueue; readonly spotLosses: number } {
  const spotLosses = run.spotLosses + (end === 'spot' ? 1 : 0);
  const onDemand = run.queue === 'onDemand' || end === 'notStarted' || spotLosses >= MAX_SPOT_LOSSES;
  return { queue: onDemand ? 'onDemand' : 'spot', spotLosses };
}

function inWords(seconds: number): string {
  const [amount, unit] =
    seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
