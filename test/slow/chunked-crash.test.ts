import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { type ChunkedWorld, chunkedWorld } from '../helpers/chunked-world.ts';
import { dieEverywhere, expectAbandoned, expectCompleted, redeliver } from '../helpers/die-everywhere.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';

let dynalite: Dynalite;
let world: ChunkedWorld;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  world = await chunkedWorld(dynalite);
});
afterEach(() => world.close());

it('goes on with the next delivery, wherever the worker of the last chunk died', async () => {
  const points = await dieEverywhere(dynalite, world, {
    task: 'chunk-00002',
    ended: ['chunk-00000', 'chunk-00001'],
    async check(jobId, place) {
      await redeliver(world, 'chunk-00002', jobId);
      await world.answerAll();
      await expectCompleted(world, jobId, place);
    },
  });
  expect(points).toBeGreaterThan(10);
});

it('is put together with the next delivery, wherever the worker of a join died', async () => {
  const points = await dieEverywhere(dynalite, world, {
    task: '480p',
    ended: ['chunk-00000', 'chunk-00001', 'chunk-00002', '720p', 'thumbnails'],
    async check(jobId, place) {
      await redeliver(world, '480p', jobId);
      await expectCompleted(world, jobId, place);
    },
  });
  expect(points).toBeGreaterThan(10);
});

it('is given to a container with the next delivery, wherever the worker died that found it cannot be cut', async () => {
  const options = { chunk: () => Promise.reject(new NotSplittable('No.')) };
  const points = await dieEverywhere(dynalite, world, {
    task: 'chunk-00001',
    options,
    async check(jobId, place) {
      await redeliver(world, 'chunk-00001', jobId, options);
      await expectAbandoned(world, jobId, place);
    },
  });
  expect(points).toBeGreaterThan(12);
});
