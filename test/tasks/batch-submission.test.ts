import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SUBMISSIONS, SUBMITTING_MS } from '../../shared/core/batch-run.ts';
import { NO_USAGE } from '../../shared/core/job.ts';
import type { TaskMessage } from '../../shared/core/messages.ts';
import { containerScratchMb } from '../../shared/core/route/container-scratch.ts';
import { submitBatch } from '../../shared/tasks/batch/submit-batch.ts';
import { PLAN } from '../fixtures/jobs.ts';
import { type BatchWorld, batchWorld, LEASE } from '../helpers/batch-world.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS } from '../helpers/pipeline-ports.ts';

const NAMES = ['480p', '720p', 'thumbnails'];

let dynalite: Dynalite;
let world: BatchWorld;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  world = await batchWorld(dynalite);
});
afterEach(() => world.close());

const bell = (task: string): TaskMessage => ({ jobId: 'job-1', task, lane: 'batch' });
const submit = (task = '480p', ports = world.ports) => submitBatch(ports, CONTAINERS, bell(task));

async function endTask(task: string): Promise<void> {
  await world.claim(task, 'w');
  const outcome = { kind: 'succeeded', outputs: [], warnings: [], usage: NO_USAGE } as const;
  const claim = { jobId: 'job-1', task, worker: 'w', attempt: 1 };
  expect(await world.jobs.settle(claim, outcome, world.clock.now)).toBe(true);
}

/** Claims as often as a task may be, each time without a sign of life. */
async function spendAttempts(task: string): Promise<void> {
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    if (attempt > 1) world.clock.now += LEASE;
    await world.claim(task, `w${attempt}`);
  }
}

describe('the doorbells of a job', () => {
  it('lead to one container, which hears of the later ones', async () => {
    for (const name of NAMES) await submit(name);
    expect(world.containers.requests).toEqual([
      { jobId: 'job-1', queue: 'spot', scratchMb: containerScratchMb(PLAN, NAMES) },
    ]);
    expect(await world.run()).toEqual({
      jobId: 'job-1',
      generation: 1,
      state: 'submitted',
      queue: 'spot',
      batchJobId: 'batch-1',
      rings: 2,
      spotLosses: 0,
      submittedAt: world.clock.now,
      startedAt: null,
      lease: null,
    });
  });

  it('lead to one container when they come at once', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => submit(NAMES[index % 3])));
    expect(world.containers.requests).toHaveLength(1);
    expect(await world.run()).toMatchObject({ generation: 1, state: 'submitted', rings: 11 });
  });

  it('lead to the next container when the one there ends at that moment', async () => {
    await submit();
    const lease = { worker: 'batch-1#1', batchJobId: 'batch-1', now: world.clock.now, leaseMs: LEASE };
    const { runs, leases } = world.ports;
    await leases.take('job-1', lease);
    let rings = 0;
    const ring = async (jobId: string): Promise<boolean> => {
      rings += 1;
      if (rings === 1) await leases.close(jobId, 'batch-1#1', 0);
      return runs.ring(jobId);
    };
    await submit('720p', { ...world.ports, runs: { ...runs, ring } });
    expect(world.containers.requests).toHaveLength(2);
    expect(await world.run()).toMatchObject({ generation: 2, batchJobId: 'batch-2', rings: 0 });
  });

  it('ask for what is missing alone', async () => {
    await endTask('480p');
    await submit('720p');
    const scratchMb = containerScratchMb(PLAN, ['720p', 'thumbnails']);
    expect(world.containers.requests).toMatchObject([{ scratchMb }]);
  });

  it('finish a job that has nothing open', async () => {
    for (const name of NAMES) await endTask(name);
    await submit();
    expect((await world.job()).header).toMatchObject({ state: 'completed', announcedAt: expect.any(String) });
    await submit();
    expect(world.events).toHaveLength(1);
    expect(world.containers.requests).toEqual([]);
  });

  it.each([
    ['another lane', { ...bell('480p'), lane: 'lambda' as const }],
    ['an unknown job', { ...bell('480p'), jobId: 'nobody' }],
  ])('of %s are done with', async (_, message) => {
    await submitBatch(world.ports, CONTAINERS, message);
    expect(world.containers.requests).toEqual([]);
    expect(world.log.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('a submission that dies on the way', () => {
  it.each([0, 1, 2, 3, 4])('is made up for, %i effects in', async (effects) => {
    const point = crashAfter(effects);
    const { jobs, runs, containers, message } = world.ports;
    const dying = {
      ...world.ports,
      jobs: point.wrap(jobs),
      runs: point.wrap(runs),
      containers: point.wrap(containers),
      message: point.wrap(message),
    };
    await expect(submit('480p', dying)).rejects.toThrow(Crash);
    // As the doorbells of the other tasks, which are done with while a submission seems to be under way.
    const known = (await world.run())?.state;
    if (known !== undefined) await submit('720p');
    world.clock.now += SUBMITTING_MS;
    await submit();
    const run = await world.run();
    expect(run).toMatchObject({
      state: 'submitted',
      batchJobId: `batch-${world.containers.requests.length}`,
    });
    expect(world.containers.requests.length).toBeLessThanOrEqual(2);
    expect(run?.generation).toBe(known === undefined ? 1 : 2);
  });

  it('counts for nothing when its container has come and gone before it was recorded', async () => {
    const { containers, leases } = world.ports;
    const quick = {
      ...containers,
      async submit(request: Parameters<typeof containers.submit>[0]) {
        const batchJobId = await containers.submit(request);
        const worker = `${batchJobId}#1`;
        await leases.take('job-1', { worker, batchJobId, now: world.clock.now, leaseMs: LEASE });
        expect(await leases.close('job-1', worker, 0)).toBe(true);
        return batchJobId;
      },
    };
    await submit('480p', { ...world.ports, containers: quick });
    expect(await world.run()).toMatchObject({ generation: 1, state: 'ended', batchJobId: 'batch-1' });
  });
});

describe('a refused submission', () => {
  it('is tried again less and less often, then ends what is open', async () => {
    await endTask('480p');
    world.containers.refusal = new Error('no such definition');
    for (let generation = 1; generation <= MAX_SUBMISSIONS; generation += 1) {
      await expect(submit()).rejects.toThrow('no such definition');
      expect(await world.run()).toMatchObject({ generation, state: 'submitting' });
      await submit('720p');
      world.clock.now += (world.extensions.at(-1) ?? 0) * 1000;
    }
    expect(world.extensions).toEqual([60, 120, 240, 480, 60]);
    await submit();
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({
      state: 'failed',
      error: {
        code: 'infrastructure',
        detail: 'No container could be started for 720p, in 5 tries.',
        retryable: true,
      },
    });
    expect(tasks.map(({ name, state }) => [name, state])).toEqual([
      ['480p', 'succeeded'],
      ['720p', 'failed'],
      ['1080p', 'skipped'],
      ['thumbnails', 'failed'],
    ]);
    expect(world.events).toMatchObject([{ type: 'job.failed' }]);
    expect(world.containers.requests).toEqual([]);
  });

  it('goes through once Batch is there again', async () => {
    world.containers.refusal = new Error('throttled');
    await expect(submit()).rejects.toThrow('throttled');
    world.containers.refusal = null;
    world.clock.now += SUBMITTING_MS;
    await submit();
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitted', batchJobId: 'batch-1' });
  });
});

describe('tasks without attempts', () => {
  it('are failed, not worth a container, and waited for while they are held', async () => {
    await endTask('720p');
    await endTask('thumbnails');
    await spendAttempts('480p');
    world.clock.now += LEASE / 2;
    await expect(submit()).rejects.toThrow('held');
    expect(world.extensions).toEqual([LEASE / 2000]);
    world.clock.now += LEASE / 2;
    await submit();
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { task: '480p' } });
    expect(world.containers.requests).toEqual([]);
  });

  it('do not keep the others from their container', async () => {
    await spendAttempts('480p');
    await submit('720p');
    expect(world.containers.requests).toHaveLength(1);
  });
});
