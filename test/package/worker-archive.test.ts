import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLIC_IMAGE } from '../../infra/serverless/bootstrap-command.mjs';
import { writeTarGz } from '../../infra/serverless/tar.mjs';
import { checkEntries } from './checks/archive.ts';
import { archiveOf, environmentOf, jobDefinitions } from './containers.ts';
import { packageDirectory, readTemplate } from './packaged.ts';

const run = promisify(execFile);
const template = await readTemplate();
const { key, sha256 } = archiveOf(template);
const file = path.join(packageDirectory(), path.basename(key));

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-worker-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** As `tar` itself reads it. */
async function list(archive: string) {
  const { stdout } = await run('tar', ['-tvzf', archive, '--numeric-owner', '--full-time']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', size = '', day = '', time = '', ...name] = line.split(/\s+/);
      const bits = [...mode.slice(1)].reduce((sum, letter) => sum * 2 + (letter === '-' ? 0 : 1), 0);
      return { path: name.join(' '), mode: bits, size: Number(size), owner, stamp: `${day} ${time}` };
    });
}

describe('the archive of the containers', () => {
  it('has its SHA-256 in its name, in its key and in every job definition', async () => {
    const actual = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    expect(sha256).toBe(actual);
    expect(key).toBe(`serverless/millrace/dev/batch-worker/batch-worker-${actual}.tar.gz`);
    for (const [, definition] of jobDefinitions(template)) {
      expect(environmentOf(definition)).toMatchObject({
        WORKER_ARCHIVE_BUCKET: { Ref: 'ServerlessDeploymentBucket' },
        WORKER_ARCHIVE_KEY: key,
        WORKER_ARCHIVE_SHA256: actual,
      });
    }
  });

  it('holds the worker, its binaries and sharp, and no more', async () => {
    const entries = await list(file);
    const paths = entries.map((entry) => entry.path);
    expect(paths.filter((name) => !name.startsWith('node_modules/'))).toEqual([
      'LICENSE',
      'NOTICE',
      'bin/ffmpeg',
      'bin/ffprobe',
      'functions/batch-worker/main.mjs',
    ]);
    expect(paths.some((name) => name.startsWith('node_modules/@img/sharp-linux-x64/'))).toBe(true);
    expect(checkEntries(entries)).toEqual([]);
  });

  it('carries one time and one owner', async () => {
    const entries = await list(file);
    expect([...new Set(entries.map(({ owner, stamp }) => `${owner} ${stamp}`))]).toEqual([
      '0/0 1970-01-01 00:00:00',
    ]);
  });
});

it('is what the image of infra/batch/Dockerfile runs, with ffmpeg from Debian', async () => {
  const read = (name: string) => readFile(new URL(`../../infra/batch/${name}`, import.meta.url), 'utf8');
  const lines = (await read('Dockerfile')).split('\n').filter((line) => !line.startsWith('#'));
  const [, digest = ''] = PUBLIC_IMAGE.split('@');
  expect(lines.filter((line) => line.startsWith('FROM ')).every((line) => line.includes(`@${digest}`))).toBe(
    true,
  );
  const [added = ''] = /(?<=^ADD )\S+/.exec(lines.find((line) => line.startsWith('ADD ')) ?? '') ?? [];
  const [before = '', after = ''] = added.split('*');
  const packaged = `.serverless/${path.basename(key)}`;
  expect([packaged.startsWith(before), packaged.endsWith(after)]).toEqual([true, true]);
  expect((await read('Dockerfile.dockerignore')).split('\n')).toContain(`!${added}`);
  const entryPoint: unknown = JSON.parse(
    lines.find((line) => line.startsWith('ENTRYPOINT '))?.slice('ENTRYPOINT '.length) ?? '[]',
  );
  const paths = (await list(file)).map((entry) => `/worker/${entry.path}`);
  expect(entryPoint).toEqual(['node', paths.find((name) => name.endsWith('/main.mjs'))]);
  expect(lines).toEqual(expect.arrayContaining(['COPY --from=worker /worker /worker', 'USER node']));
});

describe('writeTarGz', () => {
  it('gives the same bytes for the same content, whatever the order, name or time of its sources', async () => {
    const write = async (name: string, files: readonly string[]) => {
      const entries = await Promise.all(
        files.map(async (content) => {
          const source = path.join(directory, `${name}-${content.length}`);
          await writeFile(source, content);
          return { path: `deep/${'d'.repeat(120)}/${content.length}`, file: source, mode: 0o755 };
        }),
      );
      const archive = path.join(directory, `${name}.tar.gz`);
      return [await writeTarGz(archive, entries), await readFile(archive)];
    };
    const files = ['', 'a', 'b'.repeat(512), 'c'.repeat(1300)];
    const [hash, bytes] = await write('one', files);
    expect(await write('two', [...files].reverse())).toEqual([hash, bytes]);
    const { stdout } = await run('tar', ['-xzOf', path.join(directory, 'one.tar.gz')]);
    expect([...stdout].sort().join('')).toBe(files.join(''));
  });

  it('refuses a path that the format cannot hold', async () => {
    const entries = [{ path: 'x'.repeat(101), file: path.join(directory, 'none'), mode: 0o644 }];
    await writeFile(path.join(directory, 'none'), '');
    await expect(writeTarGz(path.join(directory, 'long.tar.gz'), entries)).rejects.toThrow(
      'The path does not fit into an archive',
    );
  });
});
