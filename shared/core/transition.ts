import type { JobState, TaskState } from './job.ts';

export type JobEvent = 'uploaded' | 'started' | 'rejected' | 'succeeded' | 'failed' | 'expired' | 'canceled';
export type TaskEvent =
  | 'claimed'
  | 'released'
  | 'returned'
  | 'handedOver'
  | 'succeeded'
  | 'failed'
  | 'canceled';

const JOB_TRANSITIONS: Readonly<Record<JobEvent, Partial<Record<JobState, JobState>>>> = {
  uploaded: { awaiting_upload: 'queued' },
  started: { queued: 'processing', processing: 'processing' },
  rejected: { queued: 'failed' },
  succeeded: { queued: 'completed', processing: 'completed' },
  failed: { queued: 'failed', processing: 'failed' },
  expired: { awaiting_upload: 'canceled' },
  canceled: { awaiting_upload: 'canceled', queued: 'canceled', processing: 'canceled' },
};

const TASK_TRANSITIONS: Readonly<Record<TaskEvent, Partial<Record<TaskState, TaskState>>>> = {
  // A running task is claimed again once its lease has expired; the store checks the lease.
  claimed: { pending: 'running', running: 'running' },
  released: { running: 'pending' },
  returned: { running: 'pending' },
  // By its worker, or by whoever finds that the worker is dead or the task is not taken.
  handedOver: { pending: 'pending', running: 'pending' },
  succeeded: { running: 'succeeded' },
  failed: { pending: 'failed', running: 'failed' },
  canceled: { pending: 'canceled', running: 'canceled' },
};

/** The state after `event`, or null when a job in `state` cannot have it. */
export function transitionJob(state: JobState, event: JobEvent): JobState | null {
  return JOB_TRANSITIONS[event][state] ?? null;
}

/** The state after `event`, or null when a task in `state` cannot have it. */
export function transitionTask(state: TaskState, event: TaskEvent): TaskState | null {
  return TASK_TRANSITIONS[event][state] ?? null;
}

/** States in which a job can have `event`: the condition of the store's write. */
export function jobStatesBefore(event: JobEvent): JobState[] {
  return Object.keys(JOB_TRANSITIONS[event]) as JobState[];
}

/** States in which a task can have `event`: the condition of the store's write. */
export function taskStatesBefore(event: TaskEvent): TaskState[] {
  return Object.keys(TASK_TRANSITIONS[event]) as TaskState[];
}
