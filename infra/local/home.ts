import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { clearTemporaries } from '../../shared/adapters/file-objects.ts';

/** Where the embedded stack keeps what, below one directory. */
export interface Home {
  readonly root: string;
  /** `file:` address whose sub-directories are the buckets. */
  readonly objectsUrl: string;
  readonly database: string;
  readonly scratch: string;
  readonly logs: string;
  /** One file per process group that runs. */
  readonly groups: string;
  /** Directory of a bucket. */
  bucket(name: string): string;
}

export function homeAt(directory: string): Home {
  const root = path.resolve(directory);
  return {
    root,
    objectsUrl: pathToFileURL(root).href,
    database: path.join(root, 'db'),
    scratch: path.join(root, 'scratch'),
    logs: path.join(root, 'logs'),
    groups: path.join(root, 'groups'),
    bucket: (name) => path.join(root, name),
  };
}

/** Makes the directories, without what a crash left half written: nobody else works there while we hold the lock. */
export async function prepareHome(home: Home, buckets: readonly string[]): Promise<void> {
  await emptyScratch(home);
  for (const bucket of buckets) await clearTemporaries(home.root, bucket);
  const wanted = [home.database, home.scratch, home.logs, home.groups, ...buckets.map(home.bucket)];
  await Promise.all(wanted.map((directory) => mkdir(directory, { recursive: true })));
}

/** What killed environments could not wipe themselves. */
export function emptyScratch(home: Home): Promise<void> {
  return rm(home.scratch, { recursive: true, force: true });
}
