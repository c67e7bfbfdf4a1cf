import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  containersOf,
  EXITED,
  startContainerStack,
  startSlowContainers,
  tasksOf,
} from '../helpers/container-stack.ts';
import { nextContainer, wrapFfmpeg } from '../helpers/containers.ts';
import { makeClip, runFfmpeg } from '../helpers/stamp-clip.ts';
import type { TestStack } from '../helpers/test-stack.ts';

let folder: string;
let clip: string;
let service: TestStack | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-batch-faults-'));
  clip = path.join(folder, 'clip.mp4');
  await makeClip(clip, 'testsrc=s=160x120:r=8:d=7', 16);
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(options: Parameters<typeof startContainerStack>[0]): Promise<TestStack> {
  service = await startContainerStack(options);
  return service;
}

async function startSlow(
  name: string,
  options: Parameters<typeof startContainerStack>[0] = {},
): Promise<TestStack> {
  service = await startSlowContainers(path.join(folder, name), options);
  return service;
}

test('a container that dies of every attempt fails what it was to make; what was made before stays', async () => {
  const source = path.join(folder, 'two.mp4');
  await makeClip(source, 'testsrc=s=1280x720:r=8:d=7', 16);
  const { path: FFMPEG_PATH } = await wrapFfmpeg(path.join(folder, 'exhausted'), ['720p.mp4']);
  const test = await start({
    lane: 'lambda',
    lambdaTimeoutSeconds: 5,
    // Less than the container's program takes by itself.
    params: { batchMemory: 30 },
    environment: { FFMPEG_PATH },
  });
  await test.putFile('exhausted.mp4', source);
  const job = await test.ended((await test.jobOf('exhausted.mp4')).id);
  expect(job.state).toBe('failed');
  expect(job.error).toMatchObject({ code: 'limit.memory', task: '720p' });
  expect(job.tasks.map(({ name, state, lane }) => [name, state, lane])).toEqual([
    ['480p', 'succeeded', 'lambda'],
    ['720p', 'failed', 'batch'],
    ['1080p', 'skipped', 'lambda'],
    ['thumbnails', 'succeeded', 'lambda'],
  ]);
  expect(job.outputs.map(({ name }) => name)).toEqual([
    '480p',
    '480p.m3u8',
    '480p-keyframes.m3u8',
    'poster.jpg',
    'poster.webp',
    'storyboard-000.jpg',
    'storyboard.vtt',
    'master.m3u8',
    'manifest',
  ]);
  const manifest = job.outputs.find(({ kind }) => kind === 'manifest');
  expect(await (await fetch(manifest?.url ?? '')).json()).toMatchObject({ state: 'failed' });
  await test.quiet();
  expect(containersOf(test)).toEqual([['BatchSpotQueue', 'FAILED', EXITED, [137, 137, 137]]]);
});

test('a container over its time fails what it was to make', async () => {
  const test = await startSlow('timeout', {
    params: { batchTimeout: 4 },
    // What dispatch goes by is more than what containers have: nothing is foreseen.
    environment: { BATCH_TIMEOUT_SECONDS: '43200' },
  });
  await test.putFile('timeout.mp4', clip);
  const job = await test.ended((await test.jobOf('timeout.mp4')).id);
  expect([job.state, job.error?.code]).toEqual(['failed', 'limit.timeout']);
  await test.quiet();
  expect(containersOf(test).map(([, state, reason]) => [state, reason])).toEqual([
    ['FAILED', 'Job attempt duration exceeded timeout'],
  ]);
});

test('a container that Spot does not start is asked for on demand', async () => {
  const test = await start({ params: { batchStartSeconds: 0.5 } });
  const { batch } = test.stack;
  batch.hold('BatchSpotQueue');
  const submitted = once(batch.events, 'submitted');
  await test.putFile('waiting.mp4', clip);
  await submitted;
  const started = nextContainer(test.stack);
  const sweeping = setInterval(() => test.stack.sweep(), 500);
  await started.finally(() => clearInterval(sweeping));
  const job = await test.ended((await test.jobOf('waiting.mp4')).id);
  expect([job.state, tasksOf(job)]).toEqual([
    'completed',
    [
      ['480p', 'succeeded', 1],
      ['thumbnails', 'succeeded', 1],
    ],
  ]);
  await test.quiet();
  expect(containersOf(test)).toEqual([
    ['BatchSpotQueue', 'FAILED', 'Millrace: not started in time', []],
    ['BatchOnDemandQueue', 'SUCCEEDED', EXITED, [0]],
  ]);
});

test('a bad video ends its container in order, and there is no other', async () => {
  const test = await start({});
  const bytes = await readFile(clip);
  // The index stays whole, what it points to does not.
  const data = bytes.indexOf('mdat');
  for (let at = data + 8; at < bytes.indexOf('moov', data); at += 1) bytes[at] = 0x5a;
  await test.put('bad.mp4', bytes);
  const job = await test.ended((await test.jobOf('bad.mp4')).id);
  expect([job.state, job.error?.code, job.lane]).toEqual(['failed', 'input.corrupt', 'batch']);
  expect(tasksOf(job).map(([, state, attempt]) => [state, attempt])).toEqual([
    ['failed', 1],
    ['failed', 1],
  ]);
  await test.quiet();
  expect(containersOf(test)).toEqual([['BatchSpotQueue', 'SUCCEEDED', EXITED, [0]]]);
});

test.each([
  ['less than there is', 0.4, { lane: 'lambda', taskLane: 'lambda', state: 'completed', code: undefined }],
  [
    'less than a function can make',
    0.4,
    { lane: 'lambda', taskLane: 'batch', state: 'completed', code: undefined },
  ],
  [
    'more than there is',
    5 * 3600,
    { lane: 'batch', taskLane: 'batch', state: 'failed', code: 'input.corrupt' },
  ],
] as const)('a header that says %s leads to no death', async (_, seconds, expected) => {
  const file = path.join(folder, 'lie.flv');
  await runFfmpeg(['-i', clip, '-c', 'copy', file]);
  const bytes = await readFile(file);
  // A number of AMF: eight bytes of floating point seconds after the name and the type.
  const at = bytes.indexOf('duration') + 'duration'.length + 1;
  expect(bytes.readDoubleBE(at)).toBeCloseTo(7, 0);
  bytes.writeDoubleBE(seconds, at);
  const isHandedOver = expected.lane !== expected.taskLane;
  const { path: FFMPEG_PATH } = await wrapFfmpeg(
    await mkdtemp(path.join(folder, 'lie-')),
    isHandedOver ? ['480p.mp4'] : [],
  );
  const test = await start({
    lane: 'auto',
    lambdaTimeoutSeconds: 6,
    leaseSeconds: 2,
    environment: { FFMPEG_PATH },
  });
  const deaths: string[] = [];
  test.stack.host.events.on('ended', ({ functionName, end }) => {
    if (end.kind !== 'returned') deaths.push(functionName);
  });
  await test.put('lie.flv', bytes);
  const job = await test.ended((await test.jobOf('lie.flv')).id);
  await test.quiet();
  expect(deaths).toEqual([]);
  expect({
    lane: job.lane,
    taskLane: job.tasks[0]?.lane,
    state: job.state,
    code: job.error?.code,
  }).toEqual(expected);
  expect(containersOf(test)).toEqual(
    expected.taskLane === 'batch' ? [['BatchSpotQueue', 'SUCCEEDED', EXITED, [0]]] : [],
  );
  expect(job.outputs.find(({ name }) => name === '480p')?.durationSeconds).toEqual(
    expected.state === 'completed' ? 7 : undefined,
  );
});
