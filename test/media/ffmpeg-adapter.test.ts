import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { QUIET_ARGS } from '../../shared/core/ffmpeg-input.ts';
import type { FfmpegProgress } from '../../shared/core/ports/media.ts';

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'ffmpeg-'));
  program = (await findMediaBinaries({})).ffmpeg;
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A stand-in for ffmpeg: a shell script. */
async function script(name: string, body: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

const endless = () => [
  ...QUIET_ARGS,
  ...['-re', '-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=25'],
  ...['-c:v', 'mpeg4', '-f', 'matroska', join(folder, 'endless.mkv')],
];

/** Ids of processes that have `text` in their command line. */
async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return ids.filter((_id, index) => lines[index]?.includes(text));
}

describe('createFfmpeg', () => {
  it('runs, reports progress and counts', async () => {
    const progress: FfmpegProgress[] = [];
    const result = await createFfmpeg({ program }).run({
      args: [
        ...QUIET_ARGS,
        ...['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=25:duration=1'],
        ...['-metadata', 'title=a b', '-f', 'mp4', join(folder, 'a b.mp4')],
      ],
      onProgress: (step) => progress.push(step),
    });
    expect(result).toEqual({ frames: 25, outSeconds: expect.closeTo(0.9, 0), errors: [], errorCount: 0 });
    expect(progress.at(-1)).toMatchObject({ frames: 25 });
    expect(await readdir(folder)).toContain('a b.mp4');
  });

  it('gives the child none of its environment', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const show = await script('environment', `/usr/bin/env > ${join(folder, 'environment.txt')}`);
    await createFfmpeg({ program: show }).run({ args: ['-i', 'x', 'y'] });
    const seen = (await readFile(join(folder, 'environment.txt'), 'utf8')).trim().split('\n');
    // A shell sets the last three by itself.
    expect(seen.filter((line) => !/^(PWD|SHLVL|_)=/.test(line))).toEqual(['GCONV_PATH=/nonexistent']);
  });

  it('passes every argument whole, and starts nothing else', async () => {
    const show = await script('arguments', `printf '%s\\n' "$@" >> ${join(folder, 'arguments.txt')}`);
    const args = [
      '-loglevel',
      'error',
      '-i',
      'file:in put',
      '-filter:v',
      "a='b c'",
      '-f',
      'mp4',
      'out put.mp4',
    ];
    await createFfmpeg({ program: show }).run({ args });
    const seen = (await readFile(join(folder, 'arguments.txt'), 'utf8')).trim().split('\n');
    expect(seen.filter((arg) => arg !== '-y')).toEqual(args);
  });

  it('stops when aborted, and rejects with the reason once the child is gone', async () => {
    const abort = new AbortController();
    const run = createFfmpeg({ program }).run({
      args: endless(),
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect(await processesWith(join(folder, 'endless.mkv'))).toEqual([]);
  });

  it('stops when aborted before the child is there', async () => {
    const abort = new AbortController();
    const run = createFfmpeg({ program }).run({ args: endless(), signal: abort.signal });
    abort.abort(new Error('at once'));
    await expect(run).rejects.toThrow('at once');
    expect(await processesWith(join(folder, 'endless.mkv'))).toEqual([]);
  });

  it('kills a child that does not listen', async () => {
    const deaf = await script(
      'deaf',
      "trap '' TERM; echo progress=continue >&2; while :; do /bin/sleep 0.05; done",
    );
    const abort = new AbortController();
    const run = createFfmpeg({ program: deaf, killAfterMs: 50 }).run({
      args: ['-i', 'x', 'y'],
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect(await processesWith(deaf)).toEqual([]);
  });

  it.each([
    ['kill -KILL $$', 'limit.memory', true],
    ['kill -TERM $$', 'infrastructure', true],
    ['echo "[error] av_interleaved_write_frame(): No space left on device" >&2; exit 1', 'limit.disk', true],
    ['echo "[error] file:x: Invalid data found when processing input" >&2; exit 1', 'input.corrupt', false],
    ['exit 1', 'encode.failed', false],
  ])('tells from "%s" that it was %s', async (body, code, retryable) => {
    const failing = await script(`failing-${code}`, body);
    await expect(createFfmpeg({ program: failing }).run({ args: ['-i', 'x', 'y'] })).rejects.toMatchObject({
      code,
      retryable,
    });
  });

  // Debian's build catches the signal of the limit and ends in good order.
  it.each(['installed', '/usr/bin/ffmpeg'])('limits the processor time of the %s ffmpeg', async (name) => {
    const build = name === 'installed' || !existsSync(name) ? program : name;
    const args = [
      ...[...QUIET_ARGS, '-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25'],
      ...['-c:v', 'libx264', '-preset', 'medium', '-f', 'matroska', '-y', join(folder, 'spent.mkv')],
    ];
    await expect(createFfmpeg({ program: build, maxCpuSeconds: 1 }).run({ args })).rejects.toMatchObject({
      code: 'limit.timeout',
      retryable: false,
    });
  });

  it('limits the processor time of whatever it runs', async () => {
    const busy = await script('busy', 'while :; do :; done');
    await expect(
      createFfmpeg({ program: busy, maxCpuSeconds: 1 }).run({ args: ['-i', 'x', 'y'] }),
    ).rejects.toMatchObject({
      code: 'limit.timeout',
    });
  });

  it('refuses a program that cannot be run', async () => {
    const file = join(folder, 'not-executable');
    await writeFile(file, '');
    await expect(createFfmpeg({ program: file }).run({ args: ['-i', 'x', 'y'] })).rejects.toMatchObject({
      code: 'infrastructure',
    });
  });
});
