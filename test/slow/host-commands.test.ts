import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockHome } from '../../infra/local/lock.ts';
import { JobDocument } from '../../shared/core/document-schema.ts';
import { createClipFolder, H264, picture, tone } from '../helpers/clips.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-commands-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function command(program: 'demo' | 'start', args: readonly string[]): string[] {
  return ['--import', 'tsx', `infra/local/${program}.ts`, ...args];
}

function run(
  program: 'demo' | 'start',
  home: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const options = { env: { ...process.env, MILLRACE_HOME: path.join(folder, home), ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, command(program, args), options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

/** The first name that appears in a directory, which may not be there yet. */
async function waitForName(directory: string): Promise<string> {
  for (;;) {
    const [name] = (await readdir(directory).catch(() => [])).filter((each) => !each.startsWith('.'));
    if (name !== undefined) return name;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the demo', () => {
  test('answers one document per file that is there, in order, and copies what was made', async () => {
    const clips = await createClipFolder();
    const clip = await clips.make('my clip.mp4', [...picture(), ...tone(), ...H264]);
    const empty = path.join(folder, 'empty.mp4');
    await writeFile(empty, '');
    const out = path.join(folder, 'out');
    const ran = await run('demo', 'demo', [empty, 'no-such.mp4', clip, '--json', '--out', out]);
    await clips.remove();
    expect(ran.code).toBe(1);
    const [failed, completed, ...others] = JobDocument.array().parse(JSON.parse(ran.stdout));
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'input.empty' } });
    expect(failed?.source.key).toMatch(/\/empty\.mp4$/);
    expect(completed).toMatchObject({ state: 'completed', error: null });
    expect(completed?.source.key).toMatch(/\/my clip\.mp4$/);
    expect(ran.stderr).toContain('no-such.mp4 does not exist.');

    const id = completed?.id ?? '';
    const names = completed?.outputs.map((output) => output.key.replace(`${id}/`, '')) ?? [];
    const media = ['hls/480p/media.mp4', 'hls/audio/media.mp4'];
    expect(names).toEqual(expect.arrayContaining(['480p.mp4', 'hls/master.m3u8']));
    const copied = (await readdir(path.join(out, id), { recursive: true })).filter((name) => /\./.test(name));
    expect(copied.sort()).toEqual([...names, ...media].sort());
    for (const name of copied) {
      const made = path.join(folder, 'demo', 'outputs', id, name);
      expect(await readFile(path.join(out, id, name))).toEqual(await readFile(made));
    }
  });

  test('takes a home beside the usual one when that is in use', async () => {
    const unlock = await lockHome(path.join(folder, 'busy'));
    const empty = path.join(folder, 'empty.mp4');
    await writeFile(empty, '');
    const ran = await run('demo', 'busy', [empty]);
    await unlock();
    expect(ran.stderr).toMatch(/is in use by another Millrace \(process \d+\)\. This demo keeps its data in/);
    expect(ran.stdout).toContain('input.empty');
    expect(await readdir(path.join(folder, 'busy'))).toEqual([expect.stringMatching(/^demo-\d+$/)]);
  });

  test('makes nothing when it only quotes', async () => {
    const ran = await run('demo', 'quote', ['--dry-run', '--json']);
    expect({ ...ran, stdout: JSON.parse(ran.stdout) }).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        {
          file: 'video.mp4',
          durationSeconds: 30,
          renditions: [
            { name: '480p', width: 854, height: 480, predictedSeconds: expect.any(Number) },
            { name: '720p', width: 1280, height: 720, predictedSeconds: expect.any(Number) },
            { name: '1080p', width: 1920, height: 1080, predictedSeconds: expect.any(Number) },
          ],
          thumbnails: { predictedSeconds: expect.any(Number) },
          lane: 'lambda',
          laneReason: expect.stringMatching(/^Every task is predicted to fit/),
          container: null,
          chunks: null,
          skipped: [],
          estimatedUsd: expect.any(Number),
          error: null,
        },
      ],
    });
    await expect(readdir(path.join(folder, 'quote'))).rejects.toThrow('ENOENT');
  });

  test('tells at once when there is nowhere to copy to, and keeps the documents when copying fails', async () => {
    const file = path.join(folder, 'a file');
    await writeFile(file, '');
    const early = await run('demo', 'nowhere', [file, '--json', '--out', file]);
    expect(early).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`--out cannot be ${file}: EEXIST`),
    });

    const clips = await createClipFolder();
    const clip = await clips.make('clip.mp4', [...picture(), ...H264]);
    const out = path.join(folder, 'full');
    const filled = waitForName(path.join(folder, 'late', 'outputs')).then(async (id) => {
      await mkdir(out, { recursive: true });
      await writeFile(path.join(out, id), 'in the way');
    });
    const late = await run('demo', 'late', [clip, '--json', '--out', out]);
    await Promise.all([filled, clips.remove()]);
    expect(late.code).toBe(1);
    expect(JobDocument.array().parse(JSON.parse(late.stdout))).toMatchObject([{ state: 'completed' }]);
    expect(late.stderr).toMatch(/^Outputs of \S+ could not be copied: E/m);
  });

  test('starts nothing when no file can be used', async () => {
    const ran = await run('demo', 'unused', ['no-such.mp4', folder, '', '--json']);
    expect(ran).toEqual({
      code: 1,
      stdout: '[]\n',
      stderr: `no-such.mp4 does not exist.\n${folder} is not a file.\nA file without a name does not exist.\n`,
    });
    await expect(readdir(path.join(folder, 'unused'))).rejects.toThrow('ENOENT');
  });

  test('ends in order when nobody reads what it tells', async () => {
    const home = path.join(folder, 'unread');
    const clips = await createClipFolder();
    const clip = await clips.make('clip.mp4', [...picture({ seconds: 20 }), ...H264]);
    const child = spawn(process.execPath, command('demo', [clip]), {
      env: { ...process.env, MILLRACE_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = text(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'exit')).toEqual([141, null]);
    expect(await told).toBe(`Stopped; what was under way in ${home} goes on at the next start.\n`);
    expect(await readdir(home)).not.toContain('lock');
    await clips.remove();
  });

  test('explains a command line that it cannot use', async () => {
    const ran = await run('demo', 'usage', ['--lane', 'moon']);
    expect(ran.code).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('--lane must be one of');
  });
});

describe('the start', () => {
  test('ends with a word when its home or its port is taken', async () => {
    const home = path.join(folder, 'locked');
    const unlock = await lockHome(home);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const [locked, taken] = await Promise.all([
      run('start', 'locked', [], { PORT: '0' }),
      run('start', 'port', [], { PORT: String(port) }),
    ]);
    await unlock();
    other.close();
    expect(locked).toEqual({
      code: 1,
      stdout: '',
      stderr: `${home} is in use by another Millrace (process ${process.pid}).\n`,
    });
    expect(taken).toEqual({
      code: 1,
      stdout: '',
      stderr: `Port ${port} is in use; set PORT to another one.\n`,
    });
  });

  test('says what is wrong with its home and its settings, without a stack', async () => {
    const file = path.join(folder, 'no directory');
    await writeFile(file, '');
    const [home, setting, program] = await Promise.all([
      run('start', 'no directory', [], { PORT: '0' }),
      run('start', 'setting', [], { PORT: '0', X264_CRF: 'abc' }),
      run('start', 'program', [], { PORT: '0', FFMPEG_PATH: '/no/such' }),
    ]);
    for (const [ran, message] of [
      [home, /^Data cannot be kept in .*no directory: EEXIST.* Set MILLRACE_HOME .*\n$/],
      [setting, /^The environment is not complete: X264_CRF: .*\.\n$/],
      [program, /^Function (rendition\w+|thumbnails) cannot run: The program ffmpeg [^.]*\.\n$/],
    ] as const) {
      expect(ran).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    }
  });

  test('answers on both names of this machine and goes quietly at Ctrl-C', async () => {
    const home = path.join(folder, 'start');
    const child = spawn(process.execPath, command('start', []), {
      env: { ...process.env, MILLRACE_HOME: home, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    let url = '';
    for await (const line of createInterface({ input: child.stdout })) {
      url ||= /^Millrace is at (\S+)$/.exec(line)?.[1] ?? '';
      if (line.startsWith('Ctrl-C')) break;
    }
    for (const name of ['localhost', '127.0.0.1']) {
      const health = await fetch(`${url.replace('localhost', name)}/v1/health`);
      expect(health.status).toBe(200);
    }
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(await readdir(path.join(home, 'groups'))).toEqual([]);
    expect(await readdir(home)).not.toContain('lock');
  });
});
