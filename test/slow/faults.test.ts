import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../infra/local/host/pool.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { createUploadNotifier } from '../../shared/adapters/sqs-upload-notifier.ts';
import type { UploadNotice } from '../../shared/core/messages.ts';
import { nextStarted } from '../helpers/next-event.ts';
import { makeClip } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const LEASE_SECONDS = 2;
/** Long enough in the making to be stopped in the middle of it. */
const SLOW = { X264_PRESET: 'slow' };
const FAST = { X264_PRESET: 'ultrafast' };

const clip = path.join(os.tmpdir(), `millrace-fault-clip-${process.pid}.mp4`);
const short = path.join(os.tmpdir(), `millrace-fault-short-${process.pid}.mp4`);
let service: TestStack | undefined;

beforeAll(async () => {
  await makeClip(clip, 'mandelbrot=s=640x480:r=25,trim=duration=8', 250);
  await makeClip(short, 'testsrc=s=96x64:r=5:d=0.4', 10);
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(() => Promise.all([clip, short].map((file) => rm(file, { force: true }))));

async function start(options: Parameters<typeof startTestStack>[0]): Promise<TestStack> {
  service = await startTestStack({ leaseSeconds: LEASE_SECONDS, ...options });
  return service;
}

/** The process group that works on a function's next event. */
function nextStart(test: TestStack, functionName: string): Promise<Invocation> {
  return nextStarted(test.stack.host.events, (started) => started.functionName === functionName);
}

/** Waits until ffmpeg has reported some progress of a task. */
async function underWay(test: TestStack, key: string, task: string): Promise<string> {
  const { id } = await test.jobOf(key);
  for (;;) {
    const job = await (await fetch(`${test.stack.url}/v1/jobs/${id}?wait=20`)).json();
    const found = (job as { tasks: { name: string; progress: number; state: string }[] }).tasks.find(
      ({ name }) => name === task,
    );
    if (found?.state === 'running' && found.progress > 0) return id;
    if (found?.state === 'succeeded') throw new Error(`${task} was over before it could be stopped.`);
  }
}

function notify({ stack }: TestStack, notice: UploadNotice): Promise<void> {
  const queue = stack.broker.queues.get('UploadsQueue')?.url ?? '';
  return createUploadNotifier(stack.broker.sqs, queue, Date.now).notify(notice);
}

test('one event many times at once is one job; an older event changes nothing', async () => {
  const test = await start({});
  await test.putFile('twice.mp4', short);
  const { id } = await test.jobOf('twice.mp4');
  const { source } = (await test.stack.store.read(id))?.header ?? expect.fail('The job is gone.');
  await Promise.all([notify(test, source), notify(test, source), notify(test, source)]);
  const older = { ...source, etag: 'older', sequencer: '00' };
  await notify(test, older);
  const job = await test.ended(id);
  await test.quiet();
  expect(job.state).toBe('completed');
  expect((await test.jobsOf('twice.mp4')).map((found) => found.id)).toEqual([id]);
  expect((await test.events(1)).map((event) => event.id)).toEqual([`${id}:completed`]);
});

test('dispatch killed at work is finished by the next delivery', async () => {
  const test = await start({ visibilitySeconds: 1 });
  const dispatch = nextStart(test, 'dispatch');
  await test.putFile('killed.mp4', short);
  process.kill(-(await dispatch).pid, 'SIGKILL');
  const job = await test.ended((await test.jobOf('killed.mp4')).id);
  expect(job.state).toBe('completed');
  await test.quiet();
});

test('a worker killed in the middle is followed by a second attempt within two leases', async () => {
  const test = await start({ environment: SLOW });
  const worker = nextStart(test, 'rendition480p');
  await test.putFile('mid.mp4', clip);
  const id = await underWay(test, 'mid.mp4', '480p');
  const second = worker.then(() => nextStart(test, 'rendition480p'));
  const killedAt = Date.now();
  process.kill(-(await worker).pid, 'SIGKILL');
  await second;
  expect(Date.now() - killedAt).toBeLessThan(2 * LEASE_SECONDS * 1000);
  const job = await test.ended(id);
  expect(job.tasks.map(({ name, state, attempt }) => [name, state, attempt])).toEqual([
    ['480p', 'succeeded', 2],
    ['720p', 'skipped', 0],
    ['1080p', 'skipped', 0],
    ['thumbnails', 'succeeded', 1],
  ]);
  const rendition = job.outputs.find(({ kind }) => kind === 'rendition');
  expect(rendition?.durationSeconds).toBeCloseTo(8, 1);
  await test.quiet();
  expect(await test.scratchFiles()).toEqual([]);
});

test('an attempt that comes back after a newer one has finished changes nothing', async () => {
  const test = await start({ environment: SLOW, workersPerFunction: 2 });
  const worker = nextStart(test, 'rendition480p');
  await test.putFile('late.mp4', clip);
  const id = await underWay(test, 'late.mp4', '480p');
  const { pid } = await worker;
  const back = test.nextEnd((ended) => ended.pid === pid);
  process.kill(-pid, 'SIGSTOP');
  const before = await test.ended(id);
  const files = await test.outputFiles(id);
  process.kill(-pid, 'SIGCONT');
  expect((await back).end.kind).toBe('returned');
  expect(before.tasks[0]).toMatchObject({ name: '480p', state: 'succeeded', attempt: 2 });
  const after = await test.ended(id);
  expect(after).toEqual(before);
  expect(await test.outputFiles(id)).toEqual(files);
  await test.quiet();
  expect((await test.events(1)).length).toBe(1);
});

/** A program in ffmpeg's place that stops, at its first run, the worker that has started it. */
async function freezingFfmpeg(): Promise<string> {
  const { ffmpeg } = await findMediaBinaries({});
  const program = path.join(await mkdtemp(path.join(os.tmpdir(), 'millrace-freeze-')), 'ffmpeg');
  const freeze = `mkdir '${path.dirname(program)}/once' 2>/dev/null && kill -STOP $PPID`;
  await writeFile(program, `#!/bin/sh\n${freeze}\nexec '${ffmpeg}' "$@"\n`);
  await chmod(program, 0o755);
  return program;
}

test('a function that is killed at its time limit is followed by a container, not by another kill', async () => {
  const FFMPEG_PATH = await freezingFfmpeg();
  const test = await start({
    lambdaTimeoutSeconds: 2,
    lane: 'lambda',
    leaseSeconds: 1,
    environment: { ...FAST, FFMPEG_PATH },
  });
  await isKilledOnce(test, short, 'timeout', 'at its time limit');
  await rm(path.dirname(FFMPEG_PATH), { recursive: true });
});

test('a function that is killed above its memory is followed by a container, not by another kill', async () => {
  const test = await start({
    lambdaMemoryMb: 130,
    // The last one before the kill tells why: often enough to see the memory grow.
    heartbeatSeconds: 0.05,
    lane: 'lambda',
    leaseSeconds: 1,
    environment: SLOW,
  });
  const large = path.join(os.tmpdir(), `millrace-fault-large-${process.pid}.mp4`);
  await makeClip(large, 'mandelbrot=s=640x480:r=25,trim=duration=2', 250);
  await isKilledOnce(test, large, 'memory', 'for want of memory').finally(() => rm(large));
});

async function isKilledOnce(test: TestStack, file: string, reason: string, words: string): Promise<void> {
  const ends: string[] = [];
  test.stack.host.events.on('ended', (ended) => {
    if (ended.functionName === 'rendition480p' && ended.end.kind === 'killed') ends.push(ended.end.reason);
  });
  await test.putFile('over.mp4', file);
  const job = await test.ended((await test.jobOf('over.mp4')).id);
  expect([job.state, job.error]).toEqual(['completed', null]);
  expect(job.tasks[0]).toMatchObject({ name: '480p', state: 'succeeded', lane: 'batch', attempt: 2 });
  expect(job.laneReason).toContain(`The function that made 480p was stopped ${words}, at `);
  expect(ends).toEqual([reason]);
  await test.quiet();
}

test('a file that is foreseen to exceed its functions is made by a container at once', async () => {
  const test = await start({ lambdaTimeoutSeconds: 1, environment: FAST });
  await test.putFile('foreseen.mp4', short);
  const job = await test.ended((await test.jobOf('foreseen.mp4')).id);
  expect([job.state, job.lane]).toEqual(['completed', 'batch']);
  expect(job.tasks.map(({ attempt, lane }) => [attempt, lane])).toEqual([
    [1, 'batch'],
    [0, 'batch'],
    [0, 'batch'],
    [1, 'batch'],
  ]);
});

test('work in hand when a stack stops is finished by the next one, and costs no attempt', async () => {
  const first = await start({ environment: SLOW, keepHome: true });
  await first.putFile('restart.mp4', clip);
  const id = await underWay(first, 'restart.mp4', '480p');
  await first.stop();
  const second = await start({ home: first.home, environment: SLOW });
  const job = await second.ended(id);
  expect(job.state).toBe('completed');
  expect(job.tasks.find(({ name }) => name === '480p')?.attempt).toBe(1);
  expect(await second.outputFiles(id)).toContain('manifest.json');
  await second.quiet();
  expect(await second.scratchFiles()).toEqual([]);
  await second.stop();
  service = undefined;
  await rm(first.home, { recursive: true, force: true });
});

test('ffmpeg sees nothing of the environment of the service', async () => {
  const { ffmpeg } = await findMediaBinaries({});
  const spy = path.join(os.tmpdir(), `millrace-spy-${process.pid}.sh`);
  const seen = `${spy}.env`;
  await writeFile(spy, `#!/bin/sh\n/usr/bin/env >> '${seen}'\nexec '${ffmpeg}' "$@"\n`);
  await chmod(spy, 0o755);
  try {
    const test = await start({ environment: { FFMPEG_PATH: spy, CANARY: 'bird' } });
    await test.putFile('spied.mp4', short);
    expect((await test.ended((await test.jobOf('spied.mp4')).id)).state).toBe('completed');
    const names = (await readFile(seen, 'utf8')).split('\n').map((line) => line.split('=')[0]);
    // What a shell sets by itself, and what keeps ffprobe from reading the system'''s character tables.
    expect(
      new Set(
        names.filter(
          (name) => !['', 'PWD', 'SHLVL', '_', 'OLDPWD', 'PATH', 'GCONV_PATH'].includes(name ?? ''),
        ),
      ),
    ).toEqual(new Set());
  } finally {
    await Promise.all([spy, seen].map((file) => rm(file, { force: true })));
  }
});
