import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BatchEvents } from './batch/scheduler.ts';
import type { HostEvents } from './host/pool.ts';
import { groupMembers, killGroup } from './host/process-groups.ts';

/** Keeps a file per living process group, so that a stack that comes after a crash knows what to end. */
export function recordGroups(directory: string, host: HostEvents, batch: BatchEvents): void {
  mkdirSync(directory, { recursive: true });
  const add = ({ pid }: { readonly pid: number }): void =>
    writeFileSync(path.join(directory, String(pid)), '');
  const remove = ({ pid }: { readonly pid: number }): void =>
    rmSync(path.join(directory, String(pid)), { force: true });
  host.on('environment', add).on('environmentGone', remove);
  batch.on('started', add).on('gone', remove);
}

/**
 * Ends what a stack that died has left running. A group is only touched when one of its processes names `home` on
 * its command line: ids are used again.
 */
export async function endLeftovers(directory: string, home: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const group = Number(name);
    if (!Number.isInteger(group) || group < 2) continue;
    const members = await groupMembers(group);
    if (members.some((member) => member.args.includes(home))) killGroup(group);
    await rm(path.join(directory, name), { force: true });
  }
}
