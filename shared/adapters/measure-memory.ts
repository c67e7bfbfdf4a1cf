import { readdir, readFile } from 'node:fs/promises';
import type { MeasureMemory } from '../core/ports/host.ts';

const PAGE_BYTES = 4096;
const MB = 1024 * 1024;

/** Reads `/proc`: resident pages of this process and of all its descendants. Null where there is no `/proc`. */
export const measureMemory: MeasureMemory = async () => {
  const own = await residentPages(process.pid);
  if (own === undefined) return null;
  const children = (await listedDescendants(process.pid)) ?? (await scannedDescendants(process.pid));
  const pages = await Promise.all(children.map(residentPages));
  return (pages.reduce<number>((sum, each) => sum + (each ?? 0), own) * PAGE_BYTES) / MB;
};

/** Undefined when the process has ended. */
async function residentPages(pid: number): Promise<number | undefined> {
  const statm = await readText(`/proc/${pid}/statm`);
  return statm === undefined ? undefined : Number(statm.split(' ')[1]);
}

/** From the kernel's own lists; undefined where it keeps none. */
async function listedDescendants(pid: number): Promise<number[] | undefined> {
  const list = await readText(`/proc/${pid}/task/${pid}/children`);
  if (list === undefined) return undefined;
  const children = list.split(' ').filter(Boolean).map(Number);
  const below = await Promise.all(children.map(listedDescendants));
  return [...children, ...below.flatMap((each) => each ?? [])];
}

/** From the parent that every process names; reads all of them, so it comes second. */
async function scannedDescendants(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const)));
  const found = new Set([root]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (parent !== undefined && found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

/** The command stands in parentheses and may hold anything; the parent is the second field after it. */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readText(`/proc/${pid}/stat`);
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Undefined when the file is gone, which is how a process ends. */
function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
