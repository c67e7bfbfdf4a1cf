import type { MediaFile } from '../core/hls/media-file.ts';
import type { StreamFacts } from '../core/hls/stream-facts.ts';
import type { Output } from '../core/job.ts';
import type { FileDigest } from '../core/ports/host.ts';
import type { Made, MadeFile, MadeMedia } from '../core/ports/work.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';

/** What a task has committed, as its record tells. */
export interface Committed {
  readonly outputs: readonly Output[];
  readonly media: readonly MediaFile[];
  readonly streams: readonly StreamFacts[];
}

export interface CommitAttempt {
  readonly attempt: number;
  /** Once aborted, nothing further is put, and its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Commits what a task has made: what playlists name before the playlists. */
export async function commitMade(
  ports: CommitPorts,
  jobId: string,
  { files, media = [], committed = [], streams = [] }: Made,
  attempt: CommitAttempt,
): Promise<Committed> {
  const placed: MediaFile[] = [];
  for (const one of media) placed.push(await commitMedia(ports, jobId, one, attempt));
  const outputs = await commitFiles(ports, jobId, files, attempt);
  return { outputs: [...committed, ...outputs], media: placed, streams };
}

/** Commits files, in their order. */
export async function commitFiles(
  ports: CommitPorts,
  jobId: string,
  files: readonly MadeFile[],
  { attempt, signal }: CommitAttempt,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    const { digest } = await commitFile(ports, jobId, { ...file, attempt });
    outputs.push(outputOf(file, digest));
  }
  return outputs;
}

async function commitMedia(
  ports: CommitPorts,
  jobId: string,
  { file, ...facts }: MadeMedia,
  { attempt, signal }: CommitAttempt,
): Promise<MediaFile> {
  signal.throwIfAborted();
  const { path, contentType } = facts;
  const { digest } = await commitFile(ports, jobId, { file, path, contentType, attempt });
  return { ...facts, ...digest };
}

function outputOf({ file: _, ...made }: MadeFile, { bytes, sha256 }: FileDigest): Output {
  const { durationSeconds } = made;
  const bitrate = durationSeconds ? Math.round((bytes * 8) / durationSeconds) : null;
  return { ...made, bytes, sha256, bitrate };
}
