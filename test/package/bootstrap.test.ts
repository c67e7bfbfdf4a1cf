import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeTarGz } from '../../infra/serverless/tar.mjs';
import { WORKER_EXIT } from '../../shared/core/batch-run.ts';
import { type ArchiveStore, startArchiveStore } from '../helpers/archive-store.ts';
import { archiveOf, commandOf } from './containers.ts';
import { packageDirectory, readTemplate } from './packaged.ts';

const template = await readTemplate();
const packaged = archiveOf(template);
const [program = '', ...args] = commandOf(template.Resources['BatchDefinition30']);

let directory = '';
let scratch = '';
let store: ArchiveStore;

let home = '';
let lonely: ReturnType<typeof start>;

// Its store cannot be reached, and it is patient: the others run meanwhile.
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'millrace-bootstrap-'));
  lonely = start(packaged.sha256, {
    SCRATCH_DIR: home,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'TEST',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
  });
});
afterAll(async () => {
  lonely.child.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** Packs a worker that is only this script; returns the archive's SHA-256. */
async function serve(script: string): Promise<string> {
  const [source, archive] = [path.join(directory, 'main.mjs'), path.join(directory, 'worker.tar.gz')];
  await writeFile(source, script);
  const entries = [{ path: 'functions/batch-worker/main.mjs', file: source, mode: 0o644 }];
  const sha256 = await writeTarGz(archive, entries);
  store = await startArchiveStore(archive);
  return sha256;
}

/** The job definition's own command, in a process as a container has it. */
function start(sha256: string, environment: Readonly<Record<string, string>>) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SCRATCH_DIR: scratch,
      WORKER_ARCHIVE_BUCKET: 'deployments',
      WORKER_ARCHIVE_KEY: packaged.key,
      WORKER_ARCHIVE_SHA256: sha256,
      ...environment,
    },
  });
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({ end: code ?? signal, stdout, stderr }),
  );
  return { child, ended };
}

describe('the command of the containers', () => {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-bootstrap-'));
    scratch = path.join(directory, 'scratch');
    await mkdir(scratch);
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('fetches the packaged worker, unpacks it and runs it', async () => {
    store = await startArchiveStore(path.join(packageDirectory(), path.basename(packaged.key)));
    const { end, stdout } = await start(packaged.sha256, store.withKeys).ended;
    // Without its settings the worker can only say so.
    expect(stdout).toContain('JOBS_TABLE is not set');
    expect(end).toBe(WORKER_EXIT.misconfigured);
    expect(store.seen).toEqual([`/deployments/${packaged.key}`]);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('gives the worker its environment and the packaged binaries, and passes on its exit code', async () => {
    const sha256 = await serve(`
      const { JOB_ID, FFMPEG_PATH, FFPROBE_PATH } = process.env;
      console.log(JSON.stringify([JOB_ID, import.meta.dirname, FFMPEG_PATH, FFPROBE_PATH]));
      process.exit(75);`);
    const { end, stdout } = await start(sha256, { ...store.withKeys, JOB_ID: 'job' }).ended;
    const [job, home, ...binaries] = JSON.parse(stdout);
    const root = path.dirname(path.dirname(home));
    expect([job, ...binaries]).toEqual(['job', `${root}/bin/ffmpeg`, `${root}/bin/ffprobe`]);
    expect(path.dirname(path.dirname(root))).toBe(scratch);
    expect(end).toBe(WORKER_EXIT.retry);
  });

  it("takes the image's own ffmpeg where the environment names it", async () => {
    const sha256 = await serve('console.log(process.env.FFMPEG_PATH)');
    const environment = { ...store.withKeys, FFMPEG_PATH: '/usr/bin/ffmpeg' };
    expect(await start(sha256, environment).ended).toEqual({
      end: 0,
      stdout: '/usr/bin/ffmpeg\n',
      stderr: '',
    });
  });

  it('asks for the credentials of its role', async () => {
    const sha256 = await serve('console.log("made")');
    expect(await start(sha256, store.withRole).ended).toEqual({ end: 0, stdout: 'made\n', stderr: '' });
  });

  it('tries again when the store fails for a while', async () => {
    const sha256 = await serve('console.log("made")');
    store.failNext(2, 503);
    expect(await start(sha256, store.withKeys).ended).toMatchObject({ end: 0, stdout: 'made\n' });
    expect(store.seen).toHaveLength(3);
  });

  it('unpacks nothing that has another SHA-256', async () => {
    await serve('console.log("made")');
    const { end, stdout, stderr } = await start(packaged.sha256, store.withKeys).ended;
    expect([end, stdout]).toEqual([WORKER_EXIT.misconfigured, '']);
    expect(stderr).toContain(`expected ${packaged.sha256}`);
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each([
    ['the key is gone', {}, 404],
    ['the role may not read it', { AWS_SECRET_ACCESS_KEY: 'another' }, undefined],
    ['a setting is missing', { WORKER_ARCHIVE_BUCKET: '' }, undefined],
  ])('gives up at once when %s', async (_, environment, status) => {
    const sha256 = await serve('console.log("made")');
    if (status !== undefined) store.failNext(1, status);
    const { end, stdout } = await start(sha256, { ...store.withKeys, ...environment }).ended;
    expect([end, stdout]).toEqual([WORKER_EXIT.misconfigured, '']);
    expect(store.seen.length).toBeLessThan(2);
  });

  it('says which signal ended the worker', async () => {
    const sha256 = await serve("process.kill(process.pid, 'SIGKILL')");
    expect(await start(sha256, store.withKeys).ended).toMatchObject({ end: 137 });
  });

  it('passes SIGTERM on and waits for the worker', async () => {
    const sha256 = await serve(`
      process.on('SIGTERM', () => { console.log('returned'); process.exit(143); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const { child, ended } = start(sha256, store.withKeys);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const { end, stdout } = await ended;
    expect(end).toBe(WORKER_EXIT.terminated);
    expect(stdout).toBe('ready\nreturned\n');
    expect(await readdir(scratch)).toEqual([]);
  });

  it('ends at SIGTERM before there is a worker', async () => {
    const sha256 = await serve('console.log("made")');
    store.stallNext();
    const { child, ended } = start(sha256, store.withKeys);
    await store.asked();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ end: WORKER_EXIT.terminated, stdout: '', stderr: '' });
    expect(await readdir(scratch)).toEqual([]);
  });
});

it('says that another attempt may help when the store cannot be reached', async () => {
  const { end, stderr } = await lonely.ended;
  expect(end).toBe(WORKER_EXIT.retry);
  expect(JSON.parse(stderr)).toEqual({ level: 'error', msg: expect.stringContaining('fetch failed') });
  expect(await readdir(home)).toEqual([]);
});
