import { WORKER_EXIT } from './batch-run.ts';
import type { ContainerStatus } from './ports/batch.ts';

/** Given to Batch when a container is ended that found no room; Batch says it again in the status. */
export const NOT_STARTED = 'Millrace: not started in time';

/** What became of a job's container, all attempts of it taken together. */
export type ContainerEnd =
  /** It ended by itself and says that nothing is left for it to do. */
  | 'finished'
  /** Spot took the host. */
  | 'spot'
  /** Ended from here because no host was found for it. */
  | 'notStarted'
  /** Stopped at the time limit of an attempt. */
  | 'timeout'
  | 'memory'
  | 'misconfigured'
  /** Anything else: refused, crashed, ended by an operator. */
  | 'failed'
  /** Batch does not know it: it keeps jobs for a week after their end. */
  | 'gone';

/** Of a process that was killed; on Fargate memory is what kills. */
const KILLED = 137;

/**
 * Batch's words and codes, read. The reasons are those that the User Guide gives under "Automated job retries" and "Job
 * timeouts"; a reason goes before the exit code, because the process was told to end and had to choose one.
 * @param status Undefined: Batch does not know the container.
 * @returns 'open' while it has not ended
 */
export function containerEnd(status: ContainerStatus | undefined): ContainerEnd | 'open' {
  if (status === undefined) return 'gone';
  if (status.state === 'SUCCEEDED') return 'finished';
  if (status.state !== 'FAILED') return 'open';
  const { exitCode, containerReason } = status;
  const statusReason = status.statusReason ?? '';
  if (statusReason.startsWith(NOT_STARTED)) return 'notStarted';
  if (/^(Your Spot Task was interrupted|Host EC2 .*terminated)/.test(statusReason)) return 'spot';
  if (statusReason.includes('exceeded timeout')) return 'timeout';
  if (exitCode === WORKER_EXIT.misconfigured) return 'misconfigured';
  if (exitCode === KILLED || containerReason?.startsWith('OutOfMemory')) return 'memory';
  return 'failed';
}
