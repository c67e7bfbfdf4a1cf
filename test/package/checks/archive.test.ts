import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeZip } from '../../../infra/serverless/zip.mjs';
import { checkEntries, extract, readArchive } from './archive.ts';

describe('checkEntries', () => {
  it.each([
    ['too much', { path: 'a', mode: 0o644, size: 250 * 1024 * 1024 }, ['262144000 bytes unpacked']],
    ['a binary that cannot run', { path: 'bin/a', mode: 0o644, size: 1 }, ['bin/a has mode 644']],
    [
      'a test',
      { path: 'functions/a/handler.test.mjs', mode: 0o644, size: 1 },
      ['functions/a/handler.test.mjs is not needed'],
    ],
    ['a source map', { path: 'a.mjs.map', mode: 0o644, size: 1 }, ['a.mjs.map is not needed']],
    [
      'a development package',
      { path: 'node_modules/vitest/index.js', mode: 0o644, size: 1 },
      ['node_modules/vitest/index.js is not needed'],
    ],
    [
      'a file for its owner only',
      { path: 'a', mode: 0o600, size: 1 },
      ["a cannot be read by the function's user"],
    ],
    ['a way out', { path: '../a', mode: 0o644, size: 1 }, ['../a leaves the archive']],
    ['nothing wrong', { path: 'bin/a', mode: 0o755, size: 1 }, []],
  ])('finds %s', (_, entry, complaints) => {
    expect(checkEntries([entry])).toEqual(complaints);
  });
});

describe('an archive of ours', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-zip-'));
    await writeFile(path.join(directory, 'text'), 'grüße '.repeat(1000));
    await writeFile(path.join(directory, 'empty'), '');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const entries = () => [
    { path: 'z/größe.txt', file: path.join(directory, 'text'), mode: 0o644 },
    { path: 'bin/tool', file: path.join(directory, 'empty'), mode: 0o755 },
  ];

  it('unpacks to what went in', async () => {
    const archive = path.join(directory, 'one.zip');
    await writeZip(archive, entries());
    const found = await readArchive(archive);
    expect(found.map(({ path: name, mode, size }) => ({ name, mode, size }))).toEqual([
      { name: 'bin/tool', mode: 0o755, size: 0 },
      { name: 'z/größe.txt', mode: 0o644, size: 8000 },
    ]);
    await extract(found, path.join(directory, 'out'));
    expect(await readFile(path.join(directory, 'out/z/größe.txt'), 'utf8')).toBe('grüße '.repeat(1000));
    expect((await stat(path.join(directory, 'out/bin/tool'))).mode & 0o777).toBe(0o755);
  });

  it('is the same for the same content in any order', async () => {
    const [first, second] = [path.join(directory, 'first.zip'), path.join(directory, 'second.zip')];
    await writeZip(first, entries());
    await writeZip(second, entries().reverse());
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });
});
