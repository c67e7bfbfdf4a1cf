import { sourceBudget } from '../core/chunks/source-budget.ts';
import type { Warning } from '../core/errors.ts';
import type { Job, Output, Task } from '../core/job.ts';
import type { OpenScratch } from '../core/ports/host.ts';
import type { MediaInput, OpenMedia } from '../core/ports/media.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { TaskNotes } from '../core/ports/task-ledger.ts';
import type { Made, MadeFile, Make, MakeContext } from '../core/ports/work.ts';
import type { CommitPorts } from './commit-file.ts';
import { type Committed, commitFiles, commitMade } from './commit-made.ts';
import { readMedia } from './read-media.ts';

export interface AttemptPorts extends CommitPorts {
  readonly sources: ObjectStore;
  readonly openMedia: OpenMedia;
  readonly openScratch: OpenScratch;
}

export interface Attempt {
  /** As claimed. */
  readonly task: Task;
  /** Aborted when the claim is lost. */
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly report: (fraction: number) => void;
  /** Records what has been reached before the end; throws when the claim is lost. */
  readonly note: (notes: TaskNotes) => Promise<void>;
}

/** Makes the outputs of one task in a scratch directory, commits them, and wipes the directory whatever happens. */
export async function attemptTask(
  ports: AttemptPorts,
  job: Job,
  make: Make,
  attempt: Attempt,
): Promise<Committed & { readonly warnings: readonly Warning[] }> {
  const scratch = await ports.openScratch();
  const early: Output[] = [];
  const commitAttempt = { attempt: attempt.task.attempt, signal: attempt.signal };
  const commitEarly = async (files: readonly MadeFile[]): Promise<void> => {
    early.push(...(await commitFiles(ports, job.header.id, files, commitAttempt)));
    await attempt.note({ outputs: early });
  };
  try {
    const made = await makeFiles(ports, job, make, { ...attempt, scratch: scratch.path, commitEarly });
    const rest = await commitMade(ports, job.header.id, made, commitAttempt);
    return { ...rest, outputs: [...early, ...rest.outputs], warnings: made.warnings };
  } finally {
    await scratch.wipe();
  }
}

interface Run extends Attempt {
  readonly scratch: string;
  readonly commitEarly: MakeContext['commitEarly'];
}

async function makeFiles(ports: AttemptPorts, job: Job, make: Make, run: Run): Promise<Made> {
  const { id, source, probe, plan } = job.header;
  const { task, scratch, signal, commitEarly, report: onProgress } = run;
  // Of no other task: a further attempt would find more of them than the one before, and make something else.
  const committed = job.tasks
    .filter((other) => task.after.includes(other.name))
    .flatMap(({ outputs }) => outputs);
  if (probe === null || plan === null) throw new Error(`Job ${id} has tasks and no plan.`);
  const { key, size, etag, versionId } = source;
  const budget = sourceBudget(plan, task.name, size);
  const limit = budget === undefined ? {} : { budget };
  const object = { store: ports.sources, key, size, pin: { etag, versionId }, ...limit };
  const context = { jobId: id, source, probe, plan, task, committed, chunks: job.chunks, scratch, signal };
  const noteUpload = (upload: string) => run.note({ upload });
  const made = (input: MediaInput): Promise<Made> =>
    make({ ...context, input, onProgress, commitEarly, noteUpload });
  return readMedia(ports.openMedia, object, made, signal);
}
