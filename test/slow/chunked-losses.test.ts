import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import { type ChunkedWorld, chunkedWorld, LEASE } from '../helpers/chunked-world.ts';
import { dieEverywhere, expectAbandoned, expectCompleted, redeliver } from '../helpers/die-everywhere.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS, SETTINGS } from '../helpers/pipeline-ports.ts';

const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };

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

async function sweepLater(): Promise<void> {
  world.clock.now += LEASE + LOOK.afterMs;
  await sweep(world.ports, LOOK);
}

it('goes on with the next delivery, wherever the worker of the first chunk died', async () => {
  await dieEverywhere(dynalite, world, {
    task: 'chunk-00000',
    async check(jobId, place) {
      await redeliver(world, 'chunk-00000', jobId);
      await world.answerAll();
      await expectCompleted(world, jobId, place);
    },
  });
});

it('goes on with the sweep, wherever the worker of the last chunk died and its message was lost', async () => {
  await dieEverywhere(dynalite, world, {
    task: 'chunk-00002',
    ended: ['chunk-00000', 'chunk-00001'],
    async check(jobId, place) {
      world.doorbells.length = 0;
      for (let look = 0; look < 3; look += 1) {
        await sweepLater();
        await world.answerAll();
      }
      await expectCompleted(world, jobId, place);
    },
  });
});

it('is rung for again, wherever the worker of a join died that had to wait', async () => {
  await dieEverywhere(dynalite, world, {
    task: '480p',
    ended: ['chunk-00001'],
    async check(jobId, place) {
      await redeliver(world, '480p', jobId);
      expect((await world.task('480p', jobId)).state, place).toBe('pending');
      for (const task of ['chunk-00000', 'chunk-00002', 'thumbnails']) await redeliver(world, task, jobId);
      await world.answerAll();
      await expectCompleted(world, jobId, place);
    },
  });
});

it('is given to a container with the sweep, wherever the worker died that found it cannot be cut', async () => {
  const options = { chunk: () => Promise.reject(new NotSplittable('No.')) };
  await dieEverywhere(dynalite, world, {
    task: 'chunk-00001',
    options,
    async check(jobId, place) {
      for (let look = 0; look < 2; look += 1) {
        await sweepLater();
        const rung = world.doorbells.find(
          (message) => message.task === 'chunk-00001' && message.jobId === jobId,
        );
        if (rung !== undefined) await world.answer(rung, options);
      }
      await expectAbandoned(world, jobId, place);
    },
  });
});
