import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { killGroup } from '../../infra/local/host/process-groups.ts';
import {
  containersOf,
  EXITED,
  hasProgress,
  RECLAIMED,
  startSlowContainers,
  tasksOf,
  underWay,
} from '../helpers/container-stack.ts';
import { nextContainer } from '../helpers/containers.ts';
import { makeClip } from '../helpers/stamp-clip.ts';
import type { TestStack } from '../helpers/test-stack.ts';

let folder: string;
let clip: string;
let service: TestStack | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-batch-losses-'));
  clip = path.join(folder, 'clip.mp4');
  await makeClip(clip, 'testsrc=s=160x120:r=8:d=7', 16);
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function startSlow(
  name: string,
  options: Parameters<typeof startSlowContainers>[1] = {},
): Promise<TestStack> {
  service = await startSlowContainers(path.join(folder, name), options);
  return service;
}

test('what Spot takes away goes on in another container, after two losses on demand', async () => {
  const test = await startSlow('spot', { spotNoticeSeconds: 20 });
  const { id, batchJobId } = await underWay(test, 'spot.mp4', clip);
  const second = nextContainer(test.stack);
  test.stack.batch.reclaim(batchJobId);
  const again = await second;
  await hasProgress(test, id);
  const third = nextContainer(test.stack);
  test.stack.batch.reclaim(again.job.id);
  await third;
  const job = await test.ended(id);
  expect([job.state, tasksOf(job)]).toEqual([
    'completed',
    [
      ['480p', 'succeeded', 1],
      ['thumbnails', 'succeeded', 1],
    ],
  ]);
  await test.quiet();
  expect(containersOf(test)).toEqual([
    ['BatchSpotQueue', 'FAILED', RECLAIMED, [143]],
    ['BatchSpotQueue', 'FAILED', RECLAIMED, [143]],
    ['BatchOnDemandQueue', 'SUCCEEDED', EXITED, [0]],
  ]);
  expect(await test.scratchFiles()).toEqual([]);
});

test('a container that is killed twice ends the third time', async () => {
  const test = await startSlow('killed');
  const { id, group } = await underWay(test, 'killed.mp4', clip);
  const second = nextContainer(test.stack);
  killGroup(group);
  const { pid } = await second;
  await hasProgress(test, id, 2);
  const third = nextContainer(test.stack);
  killGroup(pid);
  await third;
  const job = await test.ended(id);
  expect([job.state, tasksOf(job)]).toEqual([
    'completed',
    [
      ['480p', 'succeeded', 3],
      ['thumbnails', 'succeeded', 3],
    ],
  ]);
  await test.quiet();
  expect(containersOf(test)).toEqual([['BatchSpotQueue', 'SUCCEEDED', EXITED, [137, 137, 0]]]);
});

test('a container that is gone without a word is found by the sweep', async () => {
  const test = await startSlow('gone');
  const { id, batchJobId } = await underWay(test, 'gone.mp4', clip);
  await test.stack.batch.forget(batchJobId);
  const started = nextContainer(test.stack);
  const sweeping = setInterval(() => test.stack.sweep(), 500);
  await started.finally(() => clearInterval(sweeping));
  const job = await test.ended(id);
  expect([job.state, tasksOf(job)]).toEqual([
    'completed',
    [
      ['480p', 'succeeded', 2],
      ['thumbnails', 'succeeded', 2],
    ],
  ]);
  await test.quiet();
  expect(containersOf(test)).toEqual([['BatchSpotQueue', 'SUCCEEDED', EXITED, [0]]]);
});
