import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isSystemError } from '../../shared/adapters/file-objects.ts';
import { processIdentity } from './host/process-groups.ts';
import { StartError } from './start-error.ts';

/** Removing a stale lock takes milliseconds; a guard this old was left by a crash. */
const GUARD_MS = 5_000;

const Owner = z.object({ pid: z.number().int(), identity: z.string() });

/** Thrown when another stack works on the same data. */
export class HomeLockedError extends StartError {
  override readonly name = 'HomeLockedError';
  readonly pid: number;

  constructor(home: string, pid: number) {
    super(`${home} is in use by another Millrace (process ${pid}).`);
    this.pid = pid;
  }
}

/**
 * Takes the data directory for this process; the lock of a process that has died does not count.
 * Returns what gives it back.
 * @throws HomeLockedError
 * @throws StartError when the directory cannot be made or written to
 */
export async function lockHome(home: string): Promise<() => Promise<void>> {
  const lock = path.join(home, 'lock');
  const mine = path.join(home, `lock.${randomUUID()}`);
  const text = JSON.stringify({ pid: process.pid, identity: await processIdentity(process.pid) });
  try {
    await mkdir(home, { recursive: true });
    await writeFile(mine, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`Data cannot be kept in ${home}: ${why}. Set MILLRACE_HOME to another directory.`, {
      cause: error,
    });
  }
  try {
    while (!(await linkNew(mine, lock))) await removeStale(home, lock);
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(lock, { force: true });
}

/** A link appears whole and never replaces one that stands. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Only the holder of the guard removes a lock, so that nobody removes the one that came in its place. */
async function removeStale(home: string, lock: string): Promise<void> {
  await refuseLive(home, await readLock(lock));
  const guard = `${lock}.stale`;
  if (!(await enter(guard))) return;
  try {
    const text = await readLock(lock);
    await refuseLive(home, text);
    if (text !== undefined) await rm(lock);
  } finally {
    await rmdir(guard);
  }
}

async function enter(guard: string): Promise<boolean> {
  try {
    await mkdir(guard);
    return true;
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
  const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > GUARD_MS) await rmdir(guard).catch(() => undefined);
  await sleep(10);
  return false;
}

/** Undefined when there is no lock. */
async function readLock(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function refuseLive(home: string, text: string | undefined): Promise<void> {
  const owner = Owner.safeParse(parseJson(text ?? ''));
  if (!owner.success) return;
  const { pid, identity } = owner.data;
  if ((await processIdentity(pid)) === identity) throw new HomeLockedError(home, pid);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
