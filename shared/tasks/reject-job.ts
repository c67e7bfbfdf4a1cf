import { type MillraceError, toJobError } from '../core/errors.ts';
import type { JobCloser, JobReader } from '../core/ports/job-store.ts';
import { type AnnouncePorts, announceJob } from './announce-job.ts';

export interface RejectPorts extends AnnouncePorts {
  readonly jobs: JobReader & JobCloser;
}

/** Ends a job that has no tasks: failed, without outputs and without a manifest. */
export async function rejectJob(ports: RejectPorts, jobId: string, reason: MillraceError): Promise<void> {
  const end = { state: 'failed', error: toJobError(reason, null), manifest: null } as const;
  await ports.jobs.close(jobId, end, ports.clock());
  await announceJob(ports, jobId);
}
