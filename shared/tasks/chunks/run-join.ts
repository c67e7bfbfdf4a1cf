import { abandonWords } from '../../core/chunks/abandon-words.ts';
import { toJobError } from '../../core/errors.ts';
import { type JobHeader, MAX_ATTEMPTS, type Task } from '../../core/job.ts';
import { lostAttemptError } from '../../core/lost-attempt-error.ts';
import type { TaskMessage } from '../../core/messages.ts';
import { NotYet } from '../../core/not-yet.ts';
import type { ChunkCounter } from '../../core/ports/chunks.ts';
import type { JobPartReader } from '../../core/ports/job-store.ts';
import type { Make } from '../../core/ports/work.ts';
import { advanceJob } from '../advance-job.ts';
import { answerDoorbell } from '../answer-doorbell.ts';
import { handOverLost, handOverReason, ringContainer } from '../hand-over.ts';
import type { RunTaskPorts } from '../run-task.ts';
import { lossTimesOf, type TaskHost } from '../task-host.ts';
import { type Verdict, workOnTask } from '../work-on-task.ts';
import type { AbandonPorts } from './abandon-chunks.ts';
import { finalError } from './chunk-error.ts';
import { giveUpJoin } from './give-up-join.ts';

export interface RunJoinPorts extends RunTaskPorts, AbandonPorts {
  readonly jobs: RunTaskPorts['jobs'] & AbandonPorts['jobs'] & JobPartReader & ChunkCounter;
}

/** Attempts of one call; after that it rings for another one, so that no call runs into its time limit. */
const ROUNDS = 4;

/**
 * Answers the doorbell of a task that is put together from the chunks of its job. What cannot be finished yet is given
 * back without an attempt counted, and rung for when further chunks have ended.
 *
 * A ring that meets a live lease is lost, so whoever held it looks once more after letting go: had the last chunk
 * ended before that look, it goes on; when it ends after, its ring finds nobody in the way.
 */
export async function runJoin(
  ports: RunJoinPorts,
  message: TaskMessage,
  make: Make,
  host: TaskHost,
): Promise<void> {
  const calledAt = ports.clock();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const lack = await runOnce(ports, message, make, { host, worker: `${host.worker}/${round}`, calledAt });
    if (lack === undefined) return;
    const counted = await ports.jobs.chunksCounted(message.jobId);
    if (counted <= lack.ended || counted < lack.total) return;
  }
  await ports.tasks.publish({ jobId: message.jobId, task: message.task, lane: message.lane });
}

/** What was found missing. */
interface Lack {
  readonly ended: number;
  readonly total: number;
}

interface Place {
  readonly host: TaskHost;
  readonly worker: string;
  readonly calledAt: number;
}

/** Gives what was found missing, if there was an attempt that was given back for that. */
async function runOnce(
  ports: RunJoinPorts,
  message: TaskMessage,
  make: Make,
  place: Place,
): Promise<Lack | undefined> {
  const { jobs } = ports;
  const { jobId, task: name } = message;
  const { worker, host } = place;
  const times = lossTimesOf(host);
  let lack: Lack | undefined;

  async function work(header: JobHeader, task: Task): Promise<void> {
    // After the claim: what ends from here on rings for somebody who looks later.
    const whole = await jobs.read(jobId);
    if (whole === undefined) return;
    const end = await workOnTask(ports, whole, task, make, place, (thrown) => judge(thrown, task));
    if (end.kind === 'succeeded') return advanceJob(ports, jobId, name);
    if (end.isLost) return;
    if (end.kind === 'handedOver') await leave(header, end.thrown);
    else if (end.thrown instanceof NotYet) lack = { ended: end.thrown.ended, total: whole.chunks.length };
  }

  /** What only this host is too small for goes to a container alone. */
  async function leave(header: JobHeader, thrown: unknown): Promise<void> {
    if (handOverReason(thrown, name) !== null) return ringContainer(ports, jobId, name);
    await giveUpJoin(ports, header, { task: name, detail: errorOf(thrown, name).detail });
  }

  await answerDoorbell(
    ports,
    message,
    { ...host, worker },
    {
      async read() {
        const job = await jobs.readPart(jobId, name);
        const task = job?.tasks[0];
        return job && task && { job, task };
      },
      async isDone(_, task) {
        if (task.state === 'pending' && task.lane === 'batch') {
          // Whoever handed it over may have died before it could ring.
          await ringContainer(ports, jobId, name);
          return true;
        }
        return handOverLost(ports, jobId, task, times);
      },
      async onClaim({ header }, claim) {
        if (claim.kind === 'closed') return advanceJob(ports, jobId, name);
        if (claim.kind === 'claimed') return work(header, claim.task);
        const { message: detail } = lostAttemptError(claim.task, times);
        await giveUpJoin(ports, header, { task: name, detail });
      },
    },
  );
  return lack;
}

/** Chunks that do not fit together are no reason to fail: in one piece, the video may be made all the same. */
function judge(thrown: unknown, { name, attempt }: Task): Verdict {
  if (thrown instanceof NotYet) return { kind: 'returned' };
  const reason = handOverReason(thrown, name);
  if (reason !== null) return { kind: 'handedOver', reason };
  const error = errorOf(thrown, name);
  if (error.retryable && attempt < MAX_ATTEMPTS) return { kind: 'released', error };
  return { kind: 'handedOver', reason: abandonWords(name, error.detail) };
}

function errorOf(thrown: unknown, name: string) {
  return finalError(thrown, name) ?? toJobError(thrown, name);
}
