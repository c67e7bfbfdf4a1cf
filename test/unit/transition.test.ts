import { describe, expect, it } from 'vitest';
import { JOB_STATES, TASK_STATES } from '../../shared/core/job.ts';
import {
  type JobEvent,
  jobStatesBefore,
  type TaskEvent,
  taskStatesBefore,
  transitionJob,
  transitionTask,
} from '../../shared/core/transition.ts';

/** `state --event--> state` of every pair that is allowed; every other pair is null. */
function table<State extends string, Event extends string>(
  states: readonly State[],
  events: readonly Event[],
  transition: (state: State, event: Event) => State | null,
): string[] {
  return events.flatMap((event) =>
    states.flatMap((state) => {
      const next = transition(state, event);
      return next === null ? [] : [`${state} --${event}--> ${next}`];
    }),
  );
}

const JOB_EVENTS: readonly JobEvent[] = [
  'uploaded',
  'started',
  'rejected',
  'succeeded',
  'failed',
  'expired',
  'canceled',
];
const TASK_EVENTS: readonly TaskEvent[] = [
  'claimed',
  'released',
  'returned',
  'handedOver',
  'succeeded',
  'failed',
  'canceled',
];

describe('transitions', () => {
  it('moves jobs so and not otherwise', () => {
    expect(table(JOB_STATES, JOB_EVENTS, transitionJob)).toEqual([
      'awaiting_upload --uploaded--> queued',
      'queued --started--> processing',
      'processing --started--> processing',
      'queued --rejected--> failed',
      'queued --succeeded--> completed',
      'processing --succeeded--> completed',
      'queued --failed--> failed',
      'processing --failed--> failed',
      'awaiting_upload --expired--> canceled',
      'awaiting_upload --canceled--> canceled',
      'queued --canceled--> canceled',
      'processing --canceled--> canceled',
    ]);
  });

  it('moves tasks so and not otherwise', () => {
    expect(table(TASK_STATES, TASK_EVENTS, transitionTask)).toEqual([
      'pending --claimed--> running',
      'running --claimed--> running',
      'running --released--> pending',
      'running --returned--> pending',
      'pending --handedOver--> pending',
      'running --handedOver--> pending',
      'running --succeeded--> succeeded',
      'pending --failed--> failed',
      'running --failed--> failed',
      'pending --canceled--> canceled',
      'running --canceled--> canceled',
    ]);
  });

  it('names the states that a write may find', () => {
    expect(jobStatesBefore('started')).toEqual(['queued', 'processing']);
    expect(taskStatesBefore('released')).toEqual(['running']);
  });
});
