import { rm } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { MakeLadder } from '../../shared/core/ports/ladder.ts';
import { runBatchJob } from '../../shared/tasks/batch/run-batch-job.ts';
import { batchWorld, container, LEASE, made } from '../helpers/batch-world.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { textOf } from '../helpers/text-of.ts';

let dynalite: Dynalite;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());

/*
 * What the next container finds, by where the last one died:
 * - under the lease of the job alone: a lease to wait for, then everything as it was
 * - after claims: tasks under leases to wait for, which count as attempts
 * - after a commit: an object that is adopted, whatever a second make would have put there
 * - after a task was settled: tasks that waited for it to ring for, a job to finalize
 * - between manifest, final state, event and its mark: each of them to repeat, without a second event id
 * - after the job ended: a run to close
 */
it('is completed by the next container, wherever the one before died', async () => {
  const world = await batchWorld(dynalite);
  let points = 0;
  for (let crashed = true; crashed; points += 1) {
    const jobId = `crash-${points}`;
    await world.plan(jobId, { thumbnails: { lane: 'lambda', state: 'succeeded' } });
    const make =
      (text: string): MakeLadder =>
      async (request) => {
        for (const task of request.tasks) {
          await request.onMade(task, { kind: 'made', made: await made(request, task, text) });
        }
      };
    const point = crashAfter(points);
    const store = createJobStore(point.wrap(dynalite.client), world.table);
    const dying = {
      ...world.ports,
      jobs: store,
      leases: store.batchLeases,
      runs: store.batchRuns,
      outputs: point.wrap(world.outputs),
      events: point.wrap(world.ports.events),
    };
    const died = await runBatchJob(dying, make('first'), container({ jobId })).then(
      () => undefined,
      (error: unknown) => error,
    );
    crashed = point.crashed();
    if (crashed) expect(inspect(died)).toContain(Crash.name);
    world.clock.now += LEASE;
    expect(await runBatchJob(world.ports, make('second'), container({ jobId }))).toBe('done');

    const job = await world.job(jobId);
    const place = `crash after ${points} effects`;
    expect(job.header, place).toMatchObject({
      state: 'completed',
      manifest: { path: 'manifest.json' },
      announcedAt: expect.any(String),
    });
    for (const name of ['480p', '720p']) {
      const task = job.tasks.find((each) => each.name === name);
      const stored = await textOf(world.outputs, `${jobId}/${name}.mp4`);
      expect(task, place).toMatchObject({ state: 'succeeded', lease: null });
      expect(task?.outputs[0]?.bytes, place).toBe(stored?.length);
    }
    expect(await world.run(jobId), place).toMatchObject({ state: 'ended', lease: null });
    expect(new Set(world.events.splice(0).map(({ id }) => id))).toEqual(new Set([`${jobId}:completed`]));
  }
  expect(points).toBeGreaterThan(20);
  await rm(world.scratchRoot, { recursive: true });
  await world.close();
});
