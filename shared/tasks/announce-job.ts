import { jobEndedEvent } from '../core/job-end.ts';
import type { Clock } from '../core/ports/host.ts';
import type { JobCloser, JobReader } from '../core/ports/job-store.ts';
import type { EventPublisher } from '../core/ports/messaging.ts';

export interface AnnouncePorts {
  readonly jobs: JobReader & Pick<JobCloser, 'markAnnounced'>;
  readonly events: EventPublisher;
  readonly clock: Clock;
}

/**
 * Tells the events topic how a job ended, then marks that it was told; does nothing for a job that has not ended
 * or was announced. A crash between the two repeats the event, under the same id.
 */
export async function announceJob(ports: AnnouncePorts, jobId: string): Promise<boolean> {
  const job = await ports.jobs.read(jobId);
  const event = job && jobEndedEvent(job);
  if (!event || job?.header.announcedAt !== null) return false;
  await ports.events.publish(event);
  await ports.jobs.markAnnounced(jobId, ports.clock());
  return true;
}
