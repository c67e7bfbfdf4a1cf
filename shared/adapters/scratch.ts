import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OpenScratch } from '../core/ports.ts';

/** `millrace-<process id>-<random>`: the process tells whether an attempt can still be alive. */
const NAME = /^millrace-(\d+)-/;

/**
 * Scratch directories below `root`, which is made when it is missing. A worker that was killed leaves its own
 * behind, and function environments keep their disk, so each call first removes those of dead processes; one
 * under this process's id that it did not make belongs to an earlier process of the same id.
 */
export function createScratch(root: string): OpenScratch {
  const own = new Set<string>();
  return async () => {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root)) {
      const pid = NAME.exec(name)?.[1];
      if (pid === undefined || own.has(name) || (Number(pid) !== process.pid && isAlive(Number(pid))))
        continue;
      await rm(join(root, name), { recursive: true, force: true });
    }
    const path = await mkdtemp(join(root, `millrace-${process.pid}-`));
    const name = basename(path);
    own.add(name);
    return {
      path,
      async wipe() {
        await rm(path, { recursive: true, force: true });
        own.delete(name);
      },
    };
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
