import { dirname } from 'node:path';
import type { MediaFile } from '../core/hls/media-file.ts';
import type { StreamFacts } from '../core/hls/stream-facts.ts';
import type { Output } from '../core/job.ts';
import type { FileDigest } from '../core/ports/host.ts';
import type { Made, MadeFile, MadeMedia } from '../core/ports/work.ts';
import { type CommitPorts, commitFile } from './commit-file.ts';
import { readStanding } from './hls/read-standing.ts';
import { writePlaylists } from './hls/write-playlists.ts';

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
  const placed: PlacedMedia[] = [];
  for (const one of media) placed.push(await commitMedia(ports, jobId, one, attempt));
  const outputs = await commitFiles(ports, jobId, files, attempt);
  const tracks: Committed[] = [];
  for (const one of placed) tracks.push(await commitTrack(ports, jobId, one, attempt));
  return {
    outputs: [...committed, ...outputs, ...tracks.flatMap((track) => track.outputs)],
    media: tracks.flatMap((track) => track.media),
    streams: [...streams, ...tracks.flatMap((track) => track.streams)],
  };
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

/** What stands at the key of a media file, with the directory that playlists may be written to. */
interface PlacedMedia extends Pick<MadeMedia, 'playlists'> {
  readonly media: MediaFile;
  readonly directory: string;
}

async function commitMedia(
  ports: CommitPorts,
  jobId: string,
  made: MadeMedia,
  { attempt, signal }: CommitAttempt,
): Promise<PlacedMedia> {
  signal.throwIfAborted();
  const { file, playlists, ...facts } = made;
  const { digest, isOwn } = await commitFile(ports, jobId, { ...facts, file, attempt });
  const standing = isOwn
    ? { facts, keyframes: playlists?.keyframes ?? [] }
    : await readStanding(ports.outputs, jobId, made, digest.bytes);
  return {
    media: { ...standing.facts, ...digest },
    directory: dirname(file),
    ...(playlists !== undefined && { playlists: { ...playlists, keyframes: standing.keyframes } }),
  };
}

/** The playlists of a file that is all of its track; they say its segments, so that the record need not. */
async function commitTrack(
  ports: CommitPorts,
  jobId: string,
  { media, directory, playlists }: PlacedMedia,
  attempt: CommitAttempt,
): Promise<Committed> {
  if (playlists === undefined) return { outputs: [], media: [media], streams: [] };
  const { track } = media;
  const { files, stream } = await writePlaylists({ ...playlists, directory, track, files: [media] });
  const outputs = await commitFiles(ports, jobId, files, attempt);
  return { outputs, media: [{ ...media, segments: [] }], streams: [stream] };
}

function outputOf({ file: _, ...made }: MadeFile, { bytes, sha256 }: FileDigest): Output {
  const { durationSeconds } = made;
  const bitrate = durationSeconds ? Math.round((bytes * 8) / durationSeconds) : null;
  return { ...made, bytes, sha256, bitrate };
}
