import type { JobHeader } from '../../core/job.ts';
import { THUMBNAILS_TASK } from '../../core/plan-tasks.ts';
import { ringContainer } from '../hand-over.ts';
import { type AbandonPorts, abandonChunks, type Obstacle } from './abandon-chunks.ts';

/**
 * Has a container make what cannot be put together from chunks: all of the job where chunks do not fit together, but
 * the thumbnails alone, which say nothing of the chunks.
 */
export async function giveUpJoin(ports: AbandonPorts, header: JobHeader, obstacle: Obstacle): Promise<void> {
  if (obstacle.task !== THUMBNAILS_TASK) return abandonChunks(ports, header, obstacle);
  await ports.jobs.takeToContainer(header.id, obstacle.task, ports.clock());
  await ringContainer(ports, header.id, obstacle.task);
}
