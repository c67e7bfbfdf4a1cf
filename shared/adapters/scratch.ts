import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OpenScratch } from '../core/ports/host.ts';

/** `millrace-<process id>-<random>`: the process tells whether anybody can still need it. */
const NAME = /^millrace-(\d+)-/;

export interface ScratchSpace {
  readonly open: OpenScratch;
  /** A directory for as long as this process lives. */
  readonly lasting: string;
}

/**
 * Scratch directories below `root`, which is made when it is missing. A worker that was killed leaves its own
 * behind, and function environments keep their disk, so this and every opening first remove those of dead
 * processes; one under this process's id that it did not make belongs to an earlier process of the same id.
 */
export async function createScratchSpace(root: string): Promise<ScratchSpace> {
  const own = new Set<string>();

  async function make(): Promise<string> {
    const name = `millrace-${process.pid}-${randomUUID()}`;
    // Before it is there: whoever opens one at the same time would take it for a dead process's.
    own.add(name);
    const path = join(root, name);
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  async function removeStale(): Promise<void> {
    for (const name of await readdir(root)) {
      const pid = NAME.exec(name)?.[1];
      if (pid === undefined || own.has(name)) continue;
      if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
      await rm(join(root, name), { recursive: true, force: true });
    }
  }

  await mkdir(root, { recursive: true });
  await removeStale();
  return {
    lasting: await make(),
    async open() {
      await removeStale();
      const path = await make();
      return {
        path,
        async wipe() {
          await rm(path, { recursive: true, force: true });
          own.delete(basename(path));
        },
      };
    },
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
