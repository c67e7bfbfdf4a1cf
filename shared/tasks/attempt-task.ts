import type { Warning } from '../core/errors.ts';
import type { Job, Output } from '../core/job.ts';
import type { FileDigest, MadeFile, Make, ObjectStore, OpenMedia, OpenScratch } from '../core/ports.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';

export interface AttemptPorts extends CommitPorts {
  readonly sources: ObjectStore;
  readonly openMedia: OpenMedia;
  readonly openScratch: OpenScratch;
}

export interface Attempt {
  readonly attempt: number;
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
  { attempt, signal, report }: Attempt,
): Promise<{ readonly outputs: readonly Output[]; readonly warnings: readonly Warning[] }> {
  const scratch = await ports.openScratch();
  try {
    const made = await makeFiles(ports, job, make, { scratch: scratch.path, signal, report });
    const outputs: Output[] = [];
    for (const file of made.files) {
      signal.throwIfAborted();
      outputs.push(committed(file, await commitFile(ports, job.header.id, { ...file, attempt })));
    }
    return { outputs, warnings: made.warnings };
  } finally {
    await scratch.wipe();
  }
}

async function makeFiles(
  ports: AttemptPorts,
  job: Job,
  make: Make,
  run: {
    readonly scratch: string;
    readonly signal: AbortSignal;
    readonly report: (fraction: number) => void;
  },
) {
  const { id, source, probe, plan } = job.header;
  if (probe === null || plan === null) throw new Error(`Job ${id} has tasks and no plan.`);
  const { key, size, etag, versionId } = source;
  const opened = await ports.openMedia({ store: ports.sources, key, size, pin: { etag, versionId } });
  try {
    return await make({
      jobId: id,
      source,
      probe,
      plan,
      input: opened.input,
      committed: job.tasks.flatMap((task) => task.outputs),
      scratch: run.scratch,
      signal: run.signal,
      onProgress: run.report,
    });
  } catch (error) {
    if (run.signal.aborted) throw error;
    throw (await opened.failure()) ?? error;
  } finally {
    await opened.close();
  }
}

function committed({ file: _, ...made }: MadeFile, { bytes, sha256 }: FileDigest): Output {
  const { durationSeconds } = made;
  const bitrate = durationSeconds ? Math.round((bytes * 8) / durationSeconds) : null;
  return { ...made, bytes, sha256, bitrate };
}
