import { type MillraceError, toJobError } from '../core/errors.ts';
import type { Log } from '../core/ports/host.ts';
import type { TaskLedger } from '../core/ports/task-ledger.ts';
import { type AdvancePorts, advanceJob } from './advance-job.ts';

export interface FailTaskPorts extends AdvancePorts {
  readonly jobs: AdvancePorts['jobs'] & Pick<TaskLedger, 'failUnclaimed'>;
  readonly log: Log;
}

/** Fails a task that nobody holds, and moves its job on; false when somebody took it meanwhile or it has ended. */
export async function failTask(
  ports: FailTaskPorts,
  jobId: string,
  task: string,
  reason: MillraceError,
): Promise<boolean> {
  const failed = await ports.jobs.failUnclaimed(jobId, task, toJobError(reason, task), ports.clock());
  if (!failed) return false;
  ports.log.warn({ jobId, task, code: reason.code, detail: reason.message }, 'task failed without a worker');
  await advanceJob(ports, jobId, task);
  return true;
}
