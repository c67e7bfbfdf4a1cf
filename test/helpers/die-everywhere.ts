import { inspect } from 'node:util';
import { expect } from 'vitest';
import { createJobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { type AnswerOptions, bell, type ChunkedWorld, LEASE } from './chunked-world.ts';
import { Crash, crashAfter } from './crash-after.ts';
import type { Dynalite } from './dynalite.ts';

/** Three of them, so that a window of two is smaller. */
const FEW: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 1,
  chunks: 3,
  declaredFrames: 432,
  audio: null,
};

export interface Dying {
  /** Whose doorbell is answered. */
  readonly task: string;
  /** What has ended before, of a job that has just been planned. */
  readonly ended?: readonly string[];
  readonly options?: AnswerOptions;
  /** Called after each death. */
  readonly check: (jobId: string, place: string) => Promise<void>;
}

/**
 * Answers a doorbell of one new job after another, dying one effect later each time, the last time not at all.
 * @returns how often
 */
export async function dieEverywhere(
  dynalite: Dynalite,
  world: ChunkedWorld,
  { task, ended = [], options = {}, check }: Dying,
): Promise<number> {
  let points = 0;
  for (let crashed = true; crashed; points += 1) {
    const jobId = `crash-${points}`;
    world.doorbells.length = 0;
    await world.plan(jobId, FEW);
    for (const name of ended) await world.answer(bell(name, jobId));
    if (ended.length > 0) world.doorbells.length = 0;
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

/** The message comes back when its lease is over. */
export async function redeliver(
  world: ChunkedWorld,
  task: string,
  jobId: string,
  options: AnswerOptions = {},
): Promise<void> {
  world.clock.now += LEASE;
  await world.answer(bell(task, jobId), options);
}

export async function expectCompleted(world: ChunkedWorld, jobId: string, place: string): Promise<void> {
  const { header, tasks, chunks } = await world.job(jobId);
  expect(header, place).toMatchObject({
    state: 'completed',
    lane: 'chunked',
    announcedAt: expect.any(String),
  });
  const states = tasks.map(({ state }) => state);
  expect(states, place).toEqual(['succeeded', 'succeeded', 'skipped', 'succeeded']);
  expect(
    chunks.map(({ state }) => state),
    place,
  ).toEqual(chunks.map(() => 'succeeded'));
  const told = world.events.splice(0).filter((event) => event.jobId === jobId);
  expect(new Set(told.map(({ id }) => id)), place).toEqual(new Set([`${jobId}:completed`]));
}

/** The reason is that of a `NotSplittable` which says `No.` of the second chunk. */
export async function expectAbandoned(world: ChunkedWorld, jobId: string, place: string): Promise<void> {
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
