import { jobOutputs } from '../../core/document.ts';
import type { Job, Output } from '../../core/job.ts';

/** What is recorded of a committed file, whether the job's document lists it or only playlists name it. */
export type StoredFile = Pick<Output, 'path' | 'contentType' | 'bytes' | 'sha256'>;

/** Recorded with the job itself or with one of its tasks. */
export function findFile(job: Job, path: string): StoredFile | undefined {
  return [...jobOutputs(job), ...job.tasks.flatMap(({ media }) => media)].find((file) => file.path === path);
}
