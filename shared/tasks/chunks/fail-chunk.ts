import { MillraceError, toJobError } from '../../core/errors.ts';
import { isTerminalTask, type JobHeader, type Task } from '../../core/job.ts';
import { type LossTimes, lostBy } from '../../core/lost-attempt-error.ts';
import type { TaskLedger } from '../../core/ports/task-ledger.ts';
import { lostWords } from '../../core/route/hand-over-words.ts';
import { type AbandonPorts, abandonChunks } from './abandon-chunks.ts';

export interface FailChunkPorts extends AbandonPorts {
  readonly jobs: AbandonPorts['jobs'] & Pick<TaskLedger, 'failUnclaimed'>;
}

/** Fails a chunk that nobody holds, and abandons the job's; false when somebody took it meanwhile or it has ended. */
export async function failChunk(
  ports: FailChunkPorts,
  header: JobHeader,
  chunk: string,
  reason: MillraceError,
): Promise<boolean> {
  const error = toJobError(reason, chunk);
  if (!(await ports.jobs.failUnclaimed(header.id, chunk, error, ports.clock()))) return false;
  await abandonChunks(ports, header, { task: chunk, detail: error.detail });
  return true;
}

/**
 * Fails a chunk whose function died at its time limit or above its memory: the next would die the same way.
 * @returns whether it is such a one, with which the caller has nothing more to do
 */
export async function failLostChunk(
  ports: FailChunkPorts,
  header: JobHeader,
  chunk: Task,
  times: LossTimes,
): Promise<boolean> {
  if (isTerminalTask(chunk.state) || chunk.lease === null || chunk.lease.expiresAt > ports.clock())
    return false;
  const by = lostBy(chunk, times);
  if (by === 'unknown') return false;
  const code = by === 'timeout' ? 'limit.timeout' : 'limit.memory';
  await failChunk(ports, header, chunk.name, new MillraceError(code, lostWords(chunk, by)));
  return true;
}
