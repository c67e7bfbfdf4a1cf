import type { MediaFile } from '../../core/hls/media-file.ts';
import type { PlacedIndex } from '../../core/mp4/interleave.ts';
import { parseMediaHead } from '../../core/mp4/media-head.ts';
import type { MediaIndex } from '../../core/mp4/media-index.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { runQueue } from '../ladder/run-queue.ts';
import { openVirtualFile } from './virtual-file.ts';

/** A media file and the index at its beginning. */
export interface IndexedFile {
  readonly file: MediaFile;
  readonly index: MediaIndex;
}

/** Some kilobytes each. */
const READS_AT_ONCE = 16;

/** Reads what stands before the media data of committed files. */
export async function readHeads(
  store: ObjectStore,
  jobId: string,
  files: readonly MediaFile[],
  signal: AbortSignal,
): Promise<readonly IndexedFile[]> {
  const found: IndexedFile[] = [];
  const jobs = files.map((file, place) => async (aborted: AbortSignal) => {
    const { path, mediaOffset } = file;
    const head = openVirtualFile({
      ...{ store, jobId, head: new Uint8Array(0) },
      pieces: [{ path, offset: 0, bytes: mediaOffset }],
    });
    found[place] = { file, index: parseMediaHead(await head.read(0, mediaOffset, aborted)) };
  });
  await runQueue(jobs, READS_AT_ONCE, signal);
  return found;
}

export function placedIndexes(files: readonly IndexedFile[]): readonly PlacedIndex[] {
  return files.map(({ file, index }) => ({ path: file.path, index }));
}
