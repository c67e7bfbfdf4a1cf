import type { Output } from '../core/job.ts';
import type { FileDigest } from '../core/ports/host.ts';
import type { MadeFile } from '../core/ports/work.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';

/**
 * Commits the files of one task, in their order.
 * @param attempt.signal Once aborted, nothing further is put, and its reason is thrown.
 */
export async function commitMade(
  ports: CommitPorts,
  jobId: string,
  files: readonly MadeFile[],
  { attempt, signal }: { readonly attempt: number; readonly signal: AbortSignal },
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    outputs.push(committed(file, await commitFile(ports, jobId, { ...file, attempt })));
  }
  return outputs;
}

function committed({ file: _, ...made }: MadeFile, { bytes, sha256 }: FileDigest): Output {
  const { durationSeconds } = made;
  const bitrate = durationSeconds ? Math.round((bytes * 8) / durationSeconds) : null;
  return { ...made, bytes, sha256, bitrate };
}
