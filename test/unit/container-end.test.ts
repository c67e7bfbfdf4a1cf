import { describe, expect, it } from 'vitest';
import { MAX_SPOT_LOSSES } from '../../shared/core/batch-run.ts';
import { containerEnd, NOT_STARTED } from '../../shared/core/container-end.ts';
import {
  containerFailure,
  isFinal,
  nextQueue,
  submissionsSpent,
} from '../../shared/core/container-failure.ts';
import { toJobError } from '../../shared/core/errors.ts';
import type { ContainerStatus } from '../../shared/core/ports/batch.ts';
import { task } from '../fixtures/jobs.ts';

const status = (fields: Partial<ContainerStatus>): ContainerStatus => ({
  batchJobId: 'batch-1',
  state: 'FAILED',
  statusReason: 'Essential container in task exited',
  exitCode: null,
  containerReason: null,
  ...fields,
});
const OOM = 'OutOfMemoryError: Container killed due to memory usage';

describe('containerEnd', () => {
  it.each([
    ['one under way', status({ state: 'RUNNING' }), 'open'],
    ['one that waits for its next attempt', status({ state: 'RUNNABLE', exitCode: 137 }), 'open'],
    ['one that found nothing left to do', status({ state: 'SUCCEEDED', exitCode: 0 }), 'finished'],
    ['one that Batch does not know', undefined, 'gone'],
    ['Spot', status({ statusReason: 'Your Spot Task was interrupted.', exitCode: 143 }), 'spot'],
    ['Spot of an instance', status({ statusReason: 'Host EC2 (instance i-0) terminated.' }), 'spot'],
    [
      'the time limit, whatever code the process chose',
      status({ statusReason: 'Job attempt duration exceeded timeout', exitCode: 137 }),
      'timeout',
    ],
    ['one of ours that found no host', status({ statusReason: NOT_STARTED }), 'notStarted'],
    ['a kill for memory', status({ exitCode: 137, containerReason: OOM }), 'memory'],
    ['a kill without a word', status({ exitCode: 137 }), 'memory'],
    ['memory without a code', status({ containerReason: OOM }), 'memory'],
    ['a wrong setting', status({ exitCode: 64 }), 'misconfigured'],
    ['trouble that went on', status({ exitCode: 75 }), 'failed'],
    ['a task told to end by an operator', status({ statusReason: 'enough', exitCode: 143 }), 'failed'],
    [
      'an image that cannot be had',
      status({ containerReason: 'CannotPullContainerError: pull access denied' }),
      'failed',
    ],
    ['no word at all', status({ statusReason: null }), 'failed'],
  ])('reads %s', (_, given, end) => {
    expect(containerEnd(given)).toBe(end);
  });
});

describe('containerFailure', () => {
  const half = task('1080p', { progress: 0.409 });
  const limits = { timeoutSeconds: 43_200, memoryMb: 8192 };

  it.each([
    [43_200, '12 hours'],
    [3600, '1 hour'],
    [5400, '90 minutes'],
    [61, '61 seconds'],
  ])('tells a time limit of %i seconds in words', (timeoutSeconds, words) => {
    expect(toJobError(containerFailure('timeout', half, { ...limits, timeoutSeconds }), '1080p')).toEqual({
      code: 'limit.timeout',
      detail: `The container was stopped after its time limit of ${words}, at 40 % of 1080p.`,
      remedy: 'Upload a shorter video, or ask the operator for a longer time limit of containers.',
      task: '1080p',
      retryable: false,
    });
  });

  it.each([
    [
      'memory',
      'limit.memory',
      'The container was ended for lack of memory, of which it has 8192 MB, at 40 % of 1080p.',
    ],
    ['misconfigured', 'infrastructure', 'The container that was to make 1080p is not set up correctly.'],
  ] as const)('ends a task for %s', (end, code, detail) => {
    expect(isFinal(end)).toBe(true);
    expect(toJobError(containerFailure(end, half, limits), null)).toMatchObject({
      code,
      detail,
      retryable: false,
    });
  });

  it.each(['finished', 'spot', 'notStarted', 'failed', 'gone'] as const)('leaves %s to the next', (end) => {
    expect(isFinal(end)).toBe(false);
    expect(containerFailure(end, half, limits)).toBeNull();
  });

  it.each([
    ['batch-5', '5 containers were asked for to make 1080p, and none got it done.'],
    [null, 'No container could be started for 1080p, in 5 tries.'],
  ])('says that submissions are spent, the last being %s', (batchJobId, detail) => {
    expect(toJobError(submissionsSpent({ batchJobId }, half), '1080p')).toEqual({
      code: 'infrastructure',
      detail,
      remedy: 'Retry the job.',
      task: '1080p',
      retryable: true,
    });
  });
});

describe('nextQueue', () => {
  const spot = { queue: 'spot', spotLosses: 0 } as const;

  it.each([
    ['stays on Spot after a crash', spot, 'failed', spot],
    ['stays on Spot after a loss', spot, 'spot', { queue: 'spot', spotLosses: 1 }],
    [
      'leaves Spot after the last loss',
      { queue: 'spot', spotLosses: MAX_SPOT_LOSSES - 1 },
      'spot',
      { queue: 'onDemand', spotLosses: MAX_SPOT_LOSSES },
    ],
    ['leaves Spot that has no host', spot, 'notStarted', { queue: 'onDemand', spotLosses: 0 }],
    ['never goes back', { queue: 'onDemand', spotLosses: 0 }, 'gone', { queue: 'onDemand', spotLosses: 0 }],
  ] as const)('%s', (_, run, end, next) => {
    expect(nextQueue(run, end)).toEqual(next);
  });
});
