import { createHash } from 'node:crypto';
import { outputKey } from '../core/keys.ts';
import type { DigestFile, FileDigest } from '../core/ports/host.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';

export interface CommitPorts {
  readonly outputs: ObjectStore;
  readonly digestFile: DigestFile;
}

export interface FileToCommit {
  /** Path in scratch. */
  readonly file: string;
  /** Path below `<jobId>/`. */
  readonly path: string;
  readonly contentType: string;
  readonly attempt: number;
}

export interface CommittedFile {
  /** Of the object that stands at the key. */
  readonly digest: FileDigest;
  /** Whether that is what the file holds; another attempt may have made something else. */
  readonly isOwn: boolean;
}

/**
 * Puts a file to its final key unless one stands there: the first commit wins, and whoever comes later takes what
 * it finds for its own.
 */
export async function commitFile(
  ports: CommitPorts,
  jobId: string,
  made: FileToCommit,
): Promise<CommittedFile> {
  const key = outputKey(jobId, made.path);
  const digest = await ports.digestFile(made.file);
  const put = await ports.outputs.put(key, made.file, {
    contentType: made.contentType,
    sha256: digest.sha256,
    attempt: made.attempt,
  });
  if (put === 'created') return { digest, isOwn: true };
  const standing = await digestObject(ports.outputs, key);
  return { digest: standing, isOwn: standing.sha256 === digest.sha256 };
}

/** Size and checksum of an object that stands. */
export async function digestObject(store: ObjectStore, key: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of await store.read(key)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
