import { describe, expect, it } from 'vitest';
import { BatchJobStateChange } from '../../shared/core/batch-event.ts';
import { DeadLetter } from '../../shared/edge/dead-letter.ts';
import { batchEvent } from '../fixtures/batch-event.ts';

const ENDED = {
  batchJobId: '4c7599ae-0a82-49aa-ba5a-4727fcce14a8',
  state: 'FAILED',
  statusReason: 'Essential container in task exited',
  exitCode: 137,
  containerReason: 'OutOfMemoryError: Container killed due to memory usage',
};

describe('BatchJobStateChange', () => {
  it.each([
    ['a job of ours', batchEvent(), { jobId: 'job-1', status: ENDED }],
    [
      'a job of somebody else in our queue',
      batchEvent({ parameters: undefined }),
      { jobId: null, status: ENDED },
    ],
    [
      'the latest attempt, where the container says nothing',
      batchEvent({ container: { image: 'node' } }),
      { jobId: 'job-1', status: { ...ENDED, exitCode: 75, containerReason: null } },
    ],
    [
      'a job that never had a container',
      batchEvent({ container: undefined, attempts: [], statusReason: undefined }),
      {
        jobId: 'job-1',
        status: { ...ENDED, statusReason: null, exitCode: null, containerReason: null },
      },
    ],
  ])('reads %s', (_, event, read) => {
    expect(BatchJobStateChange.parse(event)).toEqual(read);
  });

  it.each([
    ['another source', { ...batchEvent(), source: 'aws.ecs' }, 'source'],
    ['another kind', { ...batchEvent(), 'detail-type': 'Batch Job Queue Blocked' }, 'detail-type'],
    ['an unknown state', batchEvent({ status: 'PAUSED' }), 'detail.status'],
  ])('refuses %s, naming the field', (_, event, path) => {
    const { error } = BatchJobStateChange.safeParse(event);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});

it('is known among dead letters', () => {
  expect(DeadLetter.parse(batchEvent())).toEqual({
    kind: 'container',
    event: { jobId: 'job-1', status: ENDED },
  });
  expect(DeadLetter.safeParse({ hello: 'world' }).success).toBe(false);
});
