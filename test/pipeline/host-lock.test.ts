import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity } from '../../infra/local/host/process-groups.ts';
import { HomeLockedError, lockHome } from '../../infra/local/lock.ts';
import { temporaryHome } from '../helpers/temporary-home.ts';

let home: Awaited<ReturnType<typeof temporaryHome>>;

beforeEach(async () => {
  home = await temporaryHome();
});

afterEach(() => home.remove());

test('a home has one owner at a time', async () => {
  const unlock = await lockHome(home.path);
  await expect(lockHome(home.path)).rejects.toThrow(new HomeLockedError(home.path, process.pid));
  await unlock();
  await (await lockHome(home.path))();
  expect(await readdir(home.path)).toEqual([]);
});

test('of many who ask at once, one gets it', async () => {
  await writeFile(path.join(home.path, 'lock'), staleOwner);
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockHome(home.path)));
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

/** A process id that is in use, by a process that started at another time. */
const staleOwner = JSON.stringify({ pid: process.pid, identity: `${process.pid}@1` });

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, identity: '4194305@1' })],
  ['of an earlier process with the same id', staleOwner],
  ['that a crash left empty', ''],
])('a lock %s does not count', async (_, text) => {
  await writeFile(path.join(home.path, 'lock'), text);
  await (await lockHome(home.path))();
});

test('a living owner counts, whoever it is', async () => {
  const { ppid } = process;
  const text = JSON.stringify({ pid: ppid, identity: await processIdentity(ppid) });
  await writeFile(path.join(home.path, 'lock'), text);
  await expect(lockHome(home.path)).rejects.toThrow(`is in use by another Millrace (process ${ppid})`);
});
