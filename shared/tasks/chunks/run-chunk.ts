import { toJobError } from '../../core/errors.ts';
import { type Job, MAX_ATTEMPTS, type Task } from '../../core/job.ts';
import { lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { TaskMessage } from '../../core/messages.ts';
import type { TaskLedger } from '../../core/ports/task-ledger.ts';
import type { Make } from '../../core/ports/work.ts';
import { type AnswerPorts, answerDoorbell } from '../answer-doorbell.ts';
import { lossTimesOf, type TaskHost } from '../task-host.ts';
import { type Verdict, type WorkPorts, workOnTask } from '../work-on-task.ts';
import { abandonChunks, obstacleOf } from './abandon-chunks.ts';
import { finalError } from './chunk-error.ts';
import { type FailChunkPorts, failChunk, failLostChunk } from './fail-chunk.ts';
import { type FollowPorts, followChunk } from './follow-chunk.ts';

export interface RunChunkPorts extends AnswerPorts, FailChunkPorts, FollowPorts, Omit<WorkPorts, 'jobs'> {
  readonly jobs: AnswerPorts['jobs'] & FailChunkPorts['jobs'] & FollowPorts['jobs'] & TaskLedger;
}

export interface ChunkHost extends TaskHost {
  /** Chunks of one job that are rung for at a time. */
  readonly window: number;
}

/**
 * Answers the doorbell of one chunk of a job, of which it reads no more than the header and the chunk's own item. Its
 * success makes room for another one; when it cannot be made, the whole job goes to a container. Nothing is done for a
 * job that has gone there.
 */
export async function runChunk(
  ports: RunChunkPorts,
  message: TaskMessage,
  make: Make,
  host: ChunkHost,
): Promise<void> {
  const { jobs, clock } = ports;
  const calledAt = clock();
  const { jobId, task: name } = message;
  const times = lossTimesOf(host);

  async function work(job: Job, chunk: Task): Promise<void> {
    const place = { host, worker: host.worker, calledAt };
    const end = await workOnTask(ports, job, chunk, make, place, (thrown) => judge(thrown, chunk));
    if (!end.isLost) await goOn();
  }

  /** From what is recorded, whoever recorded it. */
  async function goOn(): Promise<void> {
    const job = await jobs.readPart(jobId, name);
    const chunk = job?.chunks[0];
    if (job !== undefined && chunk !== undefined) await followEnd(ports, job, chunk, host.window);
  }

  await answerDoorbell(ports, message, host, {
    async read() {
      const job = await jobs.readPart(jobId, name);
      const task = job?.chunks[0];
      return job && task && { job: { ...job, chunks: [] }, task };
    },
    async isDone(job, chunk) {
      if (await followEnd(ports, job, chunk, host.window)) return true;
      return job.header.lane !== 'chunked' || failLostChunk(ports, job.header, chunk, times);
    },
    async onClaim(job, claim) {
      if (claim.kind === 'closed') await goOn();
      else if (claim.kind === 'claimed') await work(job, claim.task);
      else await failChunk(ports, job.header, name, lostAttemptError(claim.task, times));
    },
  });
}

/** What follows the end of a chunk; whether it has ended. */
export async function followEnd(
  ports: FollowPorts & FailChunkPorts,
  { header }: Job,
  chunk: Task,
  window: number,
): Promise<boolean> {
  if (chunk.state === 'failed') await abandonChunks(ports, header, obstacleOf(chunk));
  else if (chunk.state !== 'succeeded') return false;
  else if (header.lane === 'chunked') await followChunk(ports, header, chunk.name, window);
  return true;
}

function judge(thrown: unknown, { name, attempt }: Task): Verdict {
  const final = finalError(thrown, name);
  if (final !== null) return { kind: 'failed', error: final };
  const error = toJobError(thrown, name);
  return { kind: error.retryable && attempt < MAX_ATTEMPTS ? 'released' : 'failed', error };
}
