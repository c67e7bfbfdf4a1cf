import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { groupMembers } from '../../infra/local/host/process-groups.ts';
import { endLeftovers } from '../../infra/local/leftovers.ts';
import { temporaryHome } from '../helpers/temporary-home.ts';

const alive = async (group: number): Promise<number> => (await groupMembers(group)).length;

test.each([
  ['environments', 'host-process.ts'],
  ['containers', 'batch-process.ts'],
])('%s and their children end when the process that started them is killed', async (_, fixture) => {
  const host = fork(`test/fixtures/${fixture}`, { execArgv: ['--import', 'tsx'], silent: true });
  const [{ pid, home }] = await once(host, 'message');
  try {
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(2);
    host.kill('SIGKILL');
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(0);
  } finally {
    host.kill('SIGKILL');
    await rm(home, { recursive: true, force: true });
  }
});

test('what a dead stack left is ended by the next one, and nobody else', async () => {
  const home = await temporaryHome();
  const groups = path.join(home.path, 'groups');
  await mkdir(groups);
  const script = 'setTimeout(() => {}, 600_000); process.send("up")';
  const start = (name: string) => {
    const child = spawn(process.execPath, ['-e', script, name], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return { child, group: child.pid ?? 0, up: once(child, 'message'), gone: once(child, 'exit') };
  };
  const leftover = start(home.path);
  const stranger = start('elsewhere');
  try {
    await Promise.all([leftover.up, stranger.up]);
    for (const { group } of [leftover, stranger]) await writeFile(path.join(groups, String(group)), '');
    await endLeftovers(groups, home.path);
    expect(await leftover.gone).toEqual([null, 'SIGKILL']);
    expect(await alive(stranger.group)).toBe(1);
    expect(await readdir(groups)).toEqual([]);
  } finally {
    leftover.child.kill('SIGKILL');
    stranger.child.kill('SIGKILL');
    await home.remove();
  }
});
