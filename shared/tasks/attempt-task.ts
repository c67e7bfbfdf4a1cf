import type { Warning } from '../core/errors.ts';
import type { Job, Output, Task } from '../core/job.ts';
import type { OpenScratch } from '../core/ports/host.ts';
import type { MediaInput, OpenMedia } from '../core/ports/media.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Made, Make } from '../core/ports/work.ts';
import type { CommitPorts } from './commit-file.ts';
import { commitMade } from './commit-made.ts';
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
}

/** Makes the outputs of one task in a scratch directory, commits them, and wipes the directory whatever happens. */
export async function attemptTask(
  ports: AttemptPorts,
  job: Job,
  make: Make,
  { task, signal, report }: Attempt,
): Promise<{ readonly outputs: readonly Output[]; readonly warnings: readonly Warning[] }> {
  const scratch = await ports.openScratch();
  try {
    const made = await makeFiles(ports, job, make, { task, scratch: scratch.path, signal, report });
    const outputs = await commitMade(ports, job.header.id, made.files, { attempt: task.attempt, signal });
    return { outputs, warnings: made.warnings };
  } finally {
    await scratch.wipe();
  }
}

async function makeFiles(
  ports: AttemptPorts,
  job: Job,
  make: Make,
  run: Attempt & { readonly scratch: string },
): Promise<Made> {
  const { id, source, probe, plan } = job.header;
  const { task, scratch, signal, report: onProgress } = run;
  // Of no other task: a further attempt would find more of them than the one before, and make something else.
  const committed = job.tasks
    .filter((other) => task.after.includes(other.name))
    .flatMap(({ outputs }) => outputs);
  if (probe === null || plan === null) throw new Error(`Job ${id} has tasks and no plan.`);
  const { key, size, etag, versionId } = source;
  const object = { store: ports.sources, key, size, pin: { etag, versionId } };
  const made = (input: MediaInput): Promise<Made> =>
    make({ jobId: id, source, probe, plan, input, committed, scratch, signal, onProgress });
  return readMedia(ports.openMedia, object, made, signal);
}
