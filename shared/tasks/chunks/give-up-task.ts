import { parseChunkName } from '../../core/chunks/chunk-names.ts';
import type { MillraceError } from '../../core/errors.ts';
import type { Job, Task } from '../../core/job.ts';
import { type FailTaskPorts, failTask } from '../fail-task.ts';
import { type FailChunkPorts, failChunk } from './fail-chunk.ts';
import { giveUpJoin } from './give-up-join.ts';

export interface GiveUpPorts extends FailTaskPorts, FailChunkPorts {
  readonly jobs: FailTaskPorts['jobs'] & FailChunkPorts['jobs'];
}

/**
 * Gives up a task that nobody holds: it fails, but where chunks are to blame a container gets the whole job.
 * @returns false when somebody took it meanwhile or it has ended
 */
export async function giveUpTask(
  ports: GiveUpPorts,
  { header }: Job,
  task: Task,
  reason: MillraceError,
): Promise<boolean> {
  if (parseChunkName(task.name) !== null) return failChunk(ports, header, task.name, reason);
  if (task.lane !== 'chunked') return failTask(ports, header.id, task.name, reason);
  await giveUpJoin(ports, header, { task: task.name, detail: reason.message });
  return true;
}
