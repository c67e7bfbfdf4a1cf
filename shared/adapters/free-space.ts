import { statfs } from 'node:fs/promises';
import type { FreeSpace } from '../core/ports/host.ts';

const MB = 1024 * 1024;

/** @param path A directory on the disk in question; it must exist. */
export function createFreeSpace(path: string): FreeSpace {
  return async () => {
    const { bavail, bsize } = await statfs(path);
    return (bavail * bsize) / MB;
  };
}
