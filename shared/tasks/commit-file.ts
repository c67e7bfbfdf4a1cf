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

/**
 * Puts a file to its final key unless one stands there: the first commit wins, and whoever comes later takes what
 * it finds for its own.
 * @returns Size and checksum of the object that stands at the key now.
 */
export async function commitFile(ports: CommitPorts, jobId: string, made: FileToCommit): Promise<FileDigest> {
  const key = outputKey(jobId, made.path);
  const digest = await ports.digestFile(made.file);
  const put = await ports.outputs.put(key, made.file, {
    contentType: made.contentType,
    sha256: digest.sha256,
    attempt: made.attempt,
  });
  return put === 'created' ? digest : digestObject(ports.outputs, key);
}

async function digestObject(store: ObjectStore, key: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of await store.read(key)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
