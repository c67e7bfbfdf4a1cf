import type { Job, Output } from '../../core/job.ts';
import type { OpenScratch } from '../../core/ports/host.ts';
import type { LadderRequest, MakeLadder } from '../../core/ports/ladder.ts';
import type { OpenedMedia, OpenMedia } from '../../core/ports/media.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { commitMade } from '../commit-made.ts';
import { ClaimLost } from '../keep-claim.ts';
import { type EndAttempts, type EndAttemptsPorts, endAttempts } from './end-attempts.ts';
import type { HeldTasks } from './held-tasks.ts';

export interface MakeTasksPorts extends EndAttemptsPorts {
  readonly sources: ObjectStore;
  readonly openMedia: OpenMedia;
  readonly openScratch: OpenScratch;
}

export interface MakeTasksOptions {
  readonly vcpus: number;
  readonly leaseMs: number;
  /** Once aborted, what is held stays held, and the promise rejects. */
  readonly signal: AbortSignal;
}

/**
 * Makes the held tasks of a job from one reading of its source, commits and settles each as soon as it is made, and
 * wipes the scratch directory. Whatever goes wrong with the work ends the attempts that it concerns; rejects when an
 * end cannot be recorded.
 * @returns Milliseconds to wait before the tasks that were given back are tried again; 0 when there are none.
 */
export async function makeTasks(
  ports: MakeTasksPorts,
  makeLadder: MakeLadder,
  job: Job,
  held: HeldTasks,
  { vcpus, leaseMs, signal }: MakeTasksOptions,
): Promise<number> {
  const { id, source, probe, plan } = job.header;
  if (probe === null || plan === null) throw new Error(`Job ${id} has tasks and no plan.`);
  const { key, size, etag, versionId } = source;
  const ends = endAttempts(ports, id, held, leaseMs);
  const useful = AbortSignal.any([signal, whenAllAreLost(held)]);
  const scratch = await ports.openScratch();
  let opened: OpenedMedia | undefined;
  try {
    opened = await ports.openMedia({ store: ports.sources, key, size, pin: { etag, versionId } });
    await makeLadder({
      jobId: id,
      source,
      probe,
      plan,
      input: opened.input,
      committed: lowestCommitted(job),
      tasks: held.names(),
      scratch: scratch.path,
      vcpus,
      signal: useful,
      onProgress: (task, fraction) => held.get(task)?.report(fraction),
      onMade: endAsMade(ports, id, held, ends, { opened, signal: useful }),
    });
    await failRest(held, ends, new Error('The encoder left out a task that it was asked for.'));
  } catch (thrown) {
    if (thrown instanceof NotRecorded) throw thrown;
    signal.throwIfAborted();
    await failRest(held, ends, (await opened?.failure()) ?? thrown);
  } finally {
    await opened?.close();
    await scratch.wipe();
  }
  return ends.pauseMs();
}

function lowestCommitted({ header, tasks }: Job): readonly Output[] {
  const lowest = header.plan?.renditions[0]?.name;
  return tasks.find(({ name, state }) => name === lowest && state === 'succeeded')?.outputs ?? [];
}

/** The end of an attempt could not be recorded: no fault of the work, which must not be blamed for it. */
class NotRecorded extends Error {
  override readonly name = 'NotRecorded';
}

async function recorded(write: Promise<void>): Promise<void> {
  await write.catch((cause: unknown) => {
    throw new NotRecorded('The end of an attempt could not be recorded.', { cause });
  });
}

function endAsMade(
  ports: MakeTasksPorts,
  jobId: string,
  held: HeldTasks,
  ends: EndAttempts,
  { opened, signal }: { readonly opened: OpenedMedia; readonly signal: AbortSignal },
): LadderRequest['onMade'] {
  return async (name, result) => {
    const one = held.get(name);
    if (one === undefined) return;
    const { attempt } = one.task;
    try {
      // A program that is cut off from its source takes that for the end of the file and may well be content.
      const failure = await opened.failure();
      if (failure !== undefined) throw failure;
      if (result.kind === 'failed') throw result.error;
      const { warnings } = result.made;
      const until = AbortSignal.any([signal, one.signal]);
      const committed = await commitMade(ports, jobId, result.made, { attempt, signal: until });
      await recorded(ends.succeed(name, { ...committed, warnings }));
    } catch (thrown) {
      if (thrown instanceof NotRecorded) throw thrown;
      signal.throwIfAborted();
      await recorded(ends.fail(name, thrown));
    }
  };
}

async function failRest(held: HeldTasks, ends: EndAttempts, thrown: unknown): Promise<void> {
  for (const name of held.names()) await recorded(ends.fail(name, thrown));
}

/** Aborted when the last task that is held goes to somebody else. */
function whenAllAreLost(held: HeldTasks): AbortSignal {
  const lost = new AbortController();
  for (const name of held.names()) {
    held.get(name)?.signal.addEventListener('abort', () => {
      if (held.names().length === 0) lost.abort(new ClaimLost('Every claim is lost.', true));
    });
  }
  return lost.signal;
}
