import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createJobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import {
  type AnswerOptions,
  bell,
  type ChunkedWorld,
  chunkedWorld,
  LEASE,
} from '../helpers/chunked-world.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS, SETTINGS } from '../helpers/pipeline-ports.ts';

const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };
/** Three of them, so that a window of two is smaller. */
const FEW: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 1,
  chunks: 3,
  declaredFrames: 432,
  audio: null,
};

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

/** Answers `message` of a new job again and again, dying one effect later each time; then has `check` look. */
async function dieEverywhere(
  task: string,
  before: (jobId: string) => Promise<void>,
  options: AnswerOptions,
  check: (jobId: string, place: string) => Promise<void>,
): Promise<number> {
  let points = 0;
  for (let crashed = true; crashed; points += 1) {
    const jobId = `crash-${points}`;
    world.doorbells.length = 0;
    await world.plan(jobId, FEW);
    await before(jobId);
    const point = crashAfter(points);
    const dying = {
      jobs: createJobStore(point.wrap(dynalite.client), world.table),
      outputs: point.wrap(world.outputs),
      tasks: point.wrap(world.ports.tasks),
      events: point.wrap(world.ports.events),
    };
    const died = await world.answer(bell(task, jobId), { ...options, ports: dying }).then(
      () => undefined,
      (error: unknown) => error,
    );
    crashed = point.crashed();
    if (crashed) expect(inspect(died)).toContain(Crash.name);
    await check(jobId, `crash after ${points} effects`);
  }
  return points;
}

/** The message comes back when its lease is over, unless it was done with. */
async function redeliver(task: string, jobId: string, options: AnswerOptions): Promise<void> {
  world.clock.now += LEASE;
  await world.answer(bell(task, jobId), options);
}

async function expectCompleted(jobId: string, place: string): Promise<void> {
  const { header, tasks, chunks } = await world.job(jobId);
  expect(header, place).toMatchObject({
    state: 'completed',
    lane: 'chunked',
    announcedAt: expect.any(String),
  });
  expect(
    tasks.map(({ state }) => state),
    place,
  ).toEqual(['succeeded', 'succeeded', 'skipped', 'succeeded']);
  expect(
    chunks.every(({ state }) => state === 'succeeded'),
    place,
  ).toBe(true);
  const ended = world.events.splice(0).filter((event) => event.jobId === jobId);
  expect(new Set(ended.map(({ id }) => id)), place).toEqual(new Set([`${jobId}:completed`]));
}

it('goes on with the next delivery, wherever the worker of a chunk died', async () => {
  const points = await dieEverywhere(
    'chunk-00000',
    async () => undefined,
    {},
    async (jobId, place) => {
      await redeliver('chunk-00000', jobId, {});
      await world.answerAll();
      await expectCompleted(jobId, place);
    },
  );
  expect(points).toBeGreaterThan(10);
});

it('goes on with the next delivery, wherever the worker of the last chunk died', async () => {
  const others = async (jobId: string) => {
    for (const name of ['chunk-00000', 'chunk-00001']) await world.answer(bell(name, jobId));
    world.doorbells.length = 0;
  };
  await dieEverywhere('chunk-00002', others, {}, async (jobId, place) => {
    await redeliver('chunk-00002', jobId, {});
    await world.answerAll();
    await expectCompleted(jobId, place);
  });
});

it('goes on with the sweep, wherever the worker of the last chunk died and its message was lost', async () => {
  const others = async (jobId: string) => {
    for (const name of ['chunk-00000', 'chunk-00001']) await world.answer(bell(name, jobId));
    world.doorbells.length = 0;
  };
  await dieEverywhere('chunk-00002', others, {}, async (jobId, place) => {
    world.doorbells.length = 0;
    for (let look = 0; look < 3; look += 1) {
      world.clock.now += LEASE + LOOK.afterMs;
      await sweep(world.ports, LOOK);
      await world.answerAll();
    }
    await expectCompleted(jobId, place);
  });
});

it('is put together with the next delivery, wherever the worker of a join died', async () => {
  const others = async (jobId: string) => {
    for (const name of ['chunk-00000', 'chunk-00001', 'chunk-00002', '720p', 'thumbnails']) {
      await world.answer(bell(name, jobId));
    }
    world.doorbells.length = 0;
  };
  const points = await dieEverywhere('480p', others, {}, async (jobId, place) => {
    await redeliver('480p', jobId, {});
    await expectCompleted(jobId, place);
  });
  expect(points).toBeGreaterThan(10);
});

it('is rung for again, wherever the worker of a join died that had to wait', async () => {
  const others = async (jobId: string) => {
    for (const name of ['chunk-00000', 'chunk-00001']) await world.answer(bell(name, jobId));
  };
  await dieEverywhere('480p', others, {}, async (jobId, place) => {
    await redeliver('480p', jobId, {});
    expect((await world.task('480p', jobId)).state, place).toBe('pending');
    await world.answerAll();
    await expectCompleted(jobId, place);
  });
});

const CANNOT = { chunk: () => Promise.reject(new NotSplittable('No.')) };

async function expectAbandoned(jobId: string, place: string): Promise<void> {
  const { header, tasks } = await world.job(jobId);
  expect(header, place).toMatchObject({
    lane: 'batch',
    laneReason: 'It is long. No (chunk-00001); a container makes the video in one piece instead.',
  });
  expect(
    tasks.map(({ state, lane }) => `${state} ${lane}`),
    place,
  ).toEqual(['pending batch', 'pending batch', 'skipped chunked', 'pending batch']);
  expect(world.doorbells.filter(({ lane }) => lane === 'batch').length, place).toBeGreaterThan(0);
}

it.each(['the next delivery', 'the sweep'])(
  'is given to a container with %s, wherever the worker died that found it cannot be cut',
  async (who) => {
    const points = await dieEverywhere(
      'chunk-00001',
      async () => undefined,
      CANNOT,
      async (jobId, place) => {
        if (who === 'the next delivery') {
          await redeliver('chunk-00001', jobId, CANNOT);
        } else {
          for (let look = 0; look < 2; look += 1) {
            world.clock.now += LEASE + LOOK.afterMs;
            await sweep(world.ports, LOOK);
            const message = world.doorbells.find(({ task }) => task === 'chunk-00001');
            if (message?.jobId === jobId) await world.answer(message, CANNOT);
          }
        }
        await expectAbandoned(jobId, place);
      },
    );
    expect(points).toBeGreaterThan(12);
  },
);
