import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { known } from '../../infra/local/broker.ts';
import { createTaskPublisher } from '../../shared/adapters/sns-publishers.ts';
import type { JobDocument } from '../../shared/core/document-schema.ts';
import { nextContainer, taskIs, wrapFfmpeg } from '../helpers/containers.ts';
import { makeClip } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const FAST = { X264_PRESET: 'ultrafast' };

let folder: string;
let clip: string;
let service: TestStack | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-batch-'));
  clip = path.join(folder, 'clip.mp4');
  // Two renditions, and thumbnails.
  await makeClip(clip, 'testsrc=s=1280x720:r=8:d=7', 16);
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(options: Parameters<typeof startTestStack>[0]): Promise<TestStack> {
  service = await startTestStack({ ...options, environment: { ...FAST, ...options?.environment } });
  return service;
}

const tasksOf = (job: JobDocument) =>
  job.tasks.map(({ name, state, lane, attempt }) => [name, state, lane, attempt]);

const OUTPUTS = [
  '480p',
  '480p.m3u8',
  '480p-keyframes.m3u8',
  '720p',
  '720p.m3u8',
  '720p-keyframes.m3u8',
  'poster.jpg',
  'poster.webp',
  'storyboard-000.jpg',
  'storyboard.vtt',
  'master.m3u8',
  'manifest',
];

test('a container makes a whole job from one decode', async () => {
  const ffmpeg = await wrapFfmpeg(path.join(folder, 'whole'));
  const test = await start({ lane: 'batch', environment: { FFMPEG_PATH: ffmpeg.path } });
  await test.putFile('whole.mp4', clip);
  const job = await test.ended((await test.jobOf('whole.mp4')).id);

  expect([job.state, job.error, job.warnings]).toEqual(['completed', null, []]);
  expect([job.lane, job.laneReason]).toEqual([
    'batch',
    'A setting of the service has every job run in a container.',
  ]);
  expect(tasksOf(job)).toEqual([
    ['480p', 'succeeded', 'batch', 1],
    ['720p', 'succeeded', 'batch', 1],
    ['1080p', 'skipped', 'batch', 0],
    ['thumbnails', 'succeeded', 'batch', 1],
  ]);
  expect(job.outputs.map(({ name }) => name)).toEqual(OUTPUTS);
  for (const { kind, durationSeconds } of job.outputs) {
    if (kind === 'rendition') expect(durationSeconds).toBeCloseTo(7, 1);
  }
  expect(job.cost.estimatedUsd).toBeGreaterThan(0);
  for (const { name, billed } of job.tasks) {
    if (name !== '1080p')
      expect(billed, name).toMatchObject({ memoryMb: 0, vcpuSeconds: expect.any(Number) });
  }
  expect(job.tasks.reduce((sum, { billed }) => sum + billed.vcpuSeconds, 0)).toBeGreaterThan(0);

  await test.quiet();
  expect(
    test.stack.batch
      .jobs()
      .map(({ name, state, attempts, queue }) => [name, state, attempts.length, queue.id]),
  ).toEqual([[`millrace-${job.id}`, 'SUCCEEDED', 1, 'BatchSpotQueue']]);
  const runs = (await readFile(ffmpeg.log, 'utf8')).trim().split('\n');
  expect(runs.filter((run) => run.includes('libx264')).length).toBe(1);
  expect((await test.events(1)).map(({ id }) => id)).toEqual([`${job.id}:completed`]);
  expect(await test.scratchFiles()).toEqual([]);
});

test('a function that will not finish hands over in time; what is made is kept', async () => {
  const ffmpeg = await wrapFfmpeg(path.join(folder, 'late'), ['720p.mp4']);
  const test = await start({
    lane: 'lambda',
    lambdaTimeoutSeconds: 5,
    environment: { FFMPEG_PATH: ffmpeg.path },
  });
  const ends: string[] = [];
  test.stack.host.events.on('ended', ({ functionName, end }) => ends.push(`${functionName} ${end.kind}`));
  await test.putFile('late.mp4', clip);
  const { id } = await test.jobOf('late.mp4');
  await nextContainer(test.stack);
  const between = await test.jobOf('late.mp4');
  const job = await test.ended(id);

  expect([job.state, job.error]).toEqual(['completed', null]);
  expect(tasksOf(job)).toEqual([
    ['480p', 'succeeded', 'lambda', 1],
    ['720p', 'succeeded', 'batch', 2],
    ['1080p', 'skipped', 'lambda', 0],
    ['thumbnails', 'succeeded', 'lambda', 1],
  ]);
  expect(between.outputs.map(({ name }) => name)).toContain('480p');
  expect(job.outputs.find(({ name }) => name === '480p')).toEqual(
    between.outputs.find(({ name }) => name === '480p'),
  );
  expect(job.outputs.map(({ name }) => name)).toEqual(OUTPUTS);
  expect(job.lane).toBe('lambda');
  expect(job.laneReason).toMatch(/^A setting of the service has every job start in functions\. .*720p/);
  await test.quiet();
  expect(ends.filter((end) => !end.endsWith(' returned'))).toEqual([]);
  expect(test.stack.batch.jobs().length).toBe(1);
});

test('two tasks handed over at the same moment make one container', async () => {
  const ffmpeg = await wrapFfmpeg(path.join(folder, 'both'), ['480p.mp4', '720p.mp4']);
  const test = await start({
    lane: 'lambda',
    lambdaTimeoutSeconds: 4,
    environment: { FFMPEG_PATH: ffmpeg.path },
  });
  await test.putFile('both.mp4', clip);
  const job = await test.ended((await test.jobOf('both.mp4')).id);
  expect(job.state).toBe('completed');
  expect(
    tasksOf(job)
      .map(([name, , lane]) => [name, lane])
      .slice(0, 2),
  ).toEqual([
    ['480p', 'batch'],
    ['720p', 'batch'],
  ]);
  await test.quiet();
  expect(test.stack.batch.jobs().map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('a task that comes while the container ends is made, too', async () => {
  // Nobody but the container makes renditions here.
  const test = await start({
    lane: 'lambda',
    functions: ['dispatch', 'submitBatch', 'batchEvents', 'sweep'],
    leaseSeconds: 2,
  });
  const { stack } = test;
  const publisher = createTaskPublisher(stack.broker.sns, known(stack.broker.topics, 'TasksTopic'));
  await test.putFile('finishing.mp4', clip);
  const { id } = await test.jobOf('finishing.mp4');
  const handOver = async (task: string) => {
    await taskIs(stack, id, task, ({ state }) => state === 'pending');
    expect(await stack.store.handOverUnclaimed(id, task, 'Just so.', Date.now())).toBe(true);
    await publisher.publish({ jobId: id, task, lane: 'batch' });
  };
  await handOver('480p');
  await taskIs(stack, id, '480p', ({ state }) => state === 'succeeded');
  await handOver('720p');
  await taskIs(stack, id, '720p', ({ state }) => state === 'succeeded');
  await handOver('thumbnails');
  const job = await test.ended(id);
  expect(job.state).toBe('completed');
  expect(tasksOf(job)).toEqual([
    ['480p', 'succeeded', 'batch', 1],
    ['720p', 'succeeded', 'batch', 1],
    ['1080p', 'skipped', 'lambda', 0],
    ['thumbnails', 'succeeded', 'batch', 1],
  ]);
  await stack.batch.stop();
});

test('work of a container that stops with its stack is done by the next one, and costs no attempt', async () => {
  const ffmpeg = await wrapFfmpeg(path.join(folder, 'restart'), ['480p.mp4']);
  const options = { lane: 'batch', environment: { FFMPEG_PATH: ffmpeg.path } } as const;
  const first = await start({ ...options, keepHome: true });
  await first.putFile('restart.mp4', clip);
  const { id } = await first.jobOf('restart.mp4');
  await taskIs(first.stack, id, '480p', ({ progress }) => progress > 0);
  await first.stop();
  const second = await start({ ...options, home: first.home });
  const job = await second.ended(id);
  expect([job.state, job.tasks.map(({ attempt }) => attempt)]).toEqual(['completed', [1, 1, 0, 1]]);
  await second.quiet();
  await second.stop();
  service = undefined;
  await rm(first.home, { recursive: true, force: true });
});
