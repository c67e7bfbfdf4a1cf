import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bucketDirectory,
  ENCODED_DIRECTORY,
  encodedPath,
  KEY_SUFFIX,
  keyOfPath,
  plainPath,
  TEMPORARY_DIRECTORY,
} from './file-keys.ts';

/** One object of a bucket that is a directory. */
export interface FileObject {
  readonly key: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Differs when size, modification time or file differ. */
  readonly etag: string;
  /** Modification time in nanoseconds, 16 hexadecimal digits: orders the versions of one key. */
  readonly sequencer: string;
}

/** The object of a key: a regular file, reached without following any link. Undefined when there is none. */
export async function findObject(root: string, bucket: string, key: string): Promise<FileObject | undefined> {
  for (const path of [plainPath(root, bucket, key), encodedPath(root, bucket, key)]) {
    if (path === undefined || (await parentKind(root, bucket, path)) !== 'directory') continue;
    const stats = await statsOf(path);
    if (stats?.isFile()) return describe(key, path, stats);
  }
  return undefined;
}

/** The object that lies at a path, as a watcher of the directory names it; undefined when it is none. */
export async function objectAt(root: string, bucket: string, path: string): Promise<FileObject | undefined> {
  const inEncoded = dirname(path) === join(bucketDirectory(root, bucket), ENCODED_DIRECTORY);
  const key = inEncoded ? await keyBeside(path) : keyOfPath(root, bucket, path);
  if (key === undefined) return undefined;
  const object = await findObject(root, bucket, key);
  return object?.path === path ? object : undefined;
}

/** Every object of a bucket, in no order; files that vanish meanwhile are left out. A bucket without a directory is empty. */
export async function* listObjects(
  root: string,
  bucket: string,
): AsyncGenerator<FileObject, void, undefined> {
  const directories = [bucketDirectory(root, bucket)];
  const encoded = join(bucketDirectory(root, bucket), ENCODED_DIRECTORY);
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    for (const entry of await entriesOf(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (path === encoded || !entry.name.startsWith('.')) directories.push(path);
      } else if (entry.isFile()) {
        const object = await objectAt(root, bucket, path);
        if (object !== undefined) yield object;
      }
    }
  }
}

/** Removes what crashed writers left on its way in. Call it when nothing writes to the bucket. */
export async function clearTemporaries(root: string, bucket: string): Promise<void> {
  await rm(join(bucketDirectory(root, bucket), TEMPORARY_DIRECTORY), { recursive: true, force: true });
}

/** What stands in for the directories above a path: `blocked` when one is a file or a link. */
export async function parentKind(
  root: string,
  bucket: string,
  path: string,
): Promise<'directory' | 'absent' | 'blocked'> {
  const top = bucketDirectory(root, bucket);
  const parents: string[] = [];
  for (let parent = dirname(path); parent.length > top.length; parent = dirname(parent)) parents.push(parent);
  for (const parent of parents.reverse()) {
    const stats = await statsOf(parent);
    if (stats === undefined) return 'absent';
    if (!stats.isDirectory()) return 'blocked';
  }
  return 'directory';
}

export function describe(key: string, path: string, stats: BigIntStats): FileObject {
  const { size, mtimeNs, ino } = stats;
  return {
    key,
    path,
    size: Number(size),
    etag: [size, mtimeNs, ino].map((part) => part.toString(16)).join('-'),
    sequencer: mtimeNs.toString(16).padStart(16, '0'),
  };
}

/** Whether a system call failed with one of these codes. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

async function statsOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function keyBeside(path: string): Promise<string | undefined> {
  try {
    return await readFile(`${path}${KEY_SUFFIX}`, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
