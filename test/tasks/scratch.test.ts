import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestFile } from '../../shared/adapters/digest-file.ts';
import { measureMemory } from '../../shared/adapters/measure-memory.ts';
import { createScratchSpace } from '../../shared/adapters/scratch.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scratch-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Id of a process that has just ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('scratch space', () => {
  it('gives empty directories of their own and wipes them', async () => {
    const space = await createScratchSpace(join(root, 'new', 'place'));
    const [one, two] = await Promise.all([space.open(), space.open()]);
    expect(new Set([one?.path, two?.path, space.lasting]).size).toBe(3);
    await writeFile(join(one?.path ?? '', 'file'), 'x');
    await one?.wipe();
    expect(existsSync(one?.path ?? '')).toBe(false);
    expect(await readdir(two?.path ?? '')).toEqual([]);
  });

  it('keeps what is opened at the same time apart', async () => {
    const space = await createScratchSpace(root);
    const opened = await Promise.all(Array.from({ length: 40 }, () => space.open()));
    expect(opened.filter(({ path }) => !existsSync(path))).toEqual([]);
  });

  it('removes what dead processes left, and nothing of live ones', async () => {
    const parent = `millrace-${process.ppid}-live`;
    const stale = [`millrace-${deadPid()}-dead`, `millrace-${process.pid}-reused`];
    for (const name of [...stale, parent, 'of-others']) {
      await mkdir(join(root, name));
      await writeFile(join(root, name, 'file'), 'x');
    }
    const space = await createScratchSpace(root);
    const open = await space.open();
    const later = `millrace-${deadPid()}-later`;
    await mkdir(join(root, later));
    const second = await space.open();
    expect((await readdir(root)).toSorted()).toEqual(
      [
        parent,
        'of-others',
        ...[space.lasting, open.path, second.path].map((path) => basename(path)),
      ].toSorted(),
    );
  });
});

it('digests a file without holding it', async () => {
  const file = join(root, 'file');
  await writeFile(file, 'abc');
  expect(await digestFile(file)).toEqual({
    bytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});

it.runIf(existsSync('/proc/self/statm'))('counts the memory of children and grandchildren', async () => {
  const before = await measureMemory();
  const hold =
    "const held = Buffer.alloc(150 << 20, 1); process.stdout.write('held'); process.stdin.resume(); held.length";
  const child = spawn('/bin/sh', ['-c', `exec 3<&0; "$0" -e "$1" <&3 & wait`, process.execPath, hold], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const during = await measureMemory();
  // Ends the grandchild, which the shell waits for.
  child.stdin.end();
  await once(child, 'exit');
  expect(Number(during) - Number(before)).toBeGreaterThan(150);
});
