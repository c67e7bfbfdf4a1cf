import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SUBMISSIONS, SUBMITTING_MS } from '../../shared/core/batch-run.ts';
import { NOT_STARTED } from '../../shared/core/container-end.ts';
import { NO_USAGE } from '../../shared/core/job.ts';
import { submitBatch } from '../../shared/tasks/batch/submit-batch.ts';
import { type SweepResult, sweep } from '../../shared/tasks/sweep.ts';
import { type BatchWorld, batchWorld, LEASE } from '../helpers/batch-world.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS, SETTINGS } from '../helpers/pipeline-ports.ts';

const AFTER = 300_000;
const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: AFTER };
const { startMs: START } = CONTAINERS;
const BELL = { jobId: 'job-1', task: '480p', lane: 'batch' } as const;
const NOTHING: SweepResult = {
  jobs: 1,
  expired: 0,
  renotified: 0,
  rung: 0,
  failed: 0,
  finalized: 0,
  announced: 0,
};

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

function look(afterMs = 0): Promise<SweepResult> {
  world.clock.now += afterMs;
  return sweep(world.ports, LOOK);
}

const submit = () => submitBatch(world.ports, CONTAINERS, BELL);

/** What the doorbells that were rung lead to. */
async function answerDoorbells(): Promise<void> {
  for (const bell of world.doorbells.splice(0)) await submitBatch(world.ports, CONTAINERS, bell);
}

/** A lease of the job, from now on. */
async function work(batchJobId: string, attempt = 1): Promise<void> {
  const worker = `${batchJobId}#${attempt}`;
  const taken = { worker, batchJobId, now: world.clock.now, leaseMs: LEASE };
  expect(await world.jobs.batchLeases.take('job-1', taken)).toBeDefined();
}

describe('a job without a container', () => {
  it('is rung for when its doorbells were lost, once however many tasks are open', async () => {
    expect(await look(AFTER - 1)).toEqual(NOTHING);
    expect(await look(1)).toEqual({ ...NOTHING, rung: 1 });
    expect(world.doorbells).toEqual([BELL]);
    expect(await look(AFTER - 1)).toEqual(NOTHING);
  });

  it('is rung for when whoever was to submit it died', async () => {
    const election = { after: 0, queue: 'spot', spotLosses: 0, now: world.clock.now + AFTER } as const;
    await world.jobs.batchRuns.elect('job-1', election);
    expect(await look(AFTER + SUBMITTING_MS - 1)).toEqual(NOTHING);
    expect(await look(1)).toEqual({ ...NOTHING, rung: 1 });
    await answerDoorbells();
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitted', batchJobId: 'batch-1' });
  });

  it('is rung for when its run has ended and a task is left', async () => {
    await submit();
    await world.jobs.batchRuns.end('job-1', 1, { queue: 'onDemand', spotLosses: 2 });
    expect(await look(AFTER)).toEqual({ ...NOTHING, rung: 1 });
    await answerDoorbells();
    expect(world.containers.requests.map(({ queue }) => queue)).toEqual(['spot', 'onDemand']);
  });

  it('is left alone while a function does its work, or nothing is open', async () => {
    await world.plan('job-2', {
      '480p': { lane: 'lambda', state: 'succeeded' },
      '720p': { state: 'succeeded' },
      thumbnails: { state: 'succeeded' },
    });
    expect(await look(AFTER)).toMatchObject({ jobs: 2, rung: 1 });
    expect(world.doorbells.map(({ jobId }) => jobId)).toEqual(['job-1']);
  });
});

describe('a container that works', () => {
  it('is not asked after, nor are doorbells rung for what it has not taken yet', async () => {
    await submit();
    world.containers.become('batch-1', { state: 'RUNNING' });
    for (let minutes = 0; minutes < 12; minutes += 2) {
      await work('batch-1');
      expect(await look(LEASE)).toEqual(NOTHING);
    }
    expect(await world.run()).toMatchObject({ rings: 0, state: 'submitted' });
  });

  it('is waited for between two signs of life, and while it comes up', async () => {
    await submit();
    world.containers.become('batch-1', { state: 'RUNNING' });
    expect(await look(START)).toEqual(NOTHING);
    expect(world.containers.terminated).toEqual([]);
    expect(await world.run()).toMatchObject({ generation: 1, state: 'submitted' });
  });
});

describe('a container whose end nobody told', () => {
  it('is followed by the next one', async () => {
    await submit();
    await work('batch-1');
    world.containers.become('batch-1', { state: 'FAILED', statusReason: 'Your Spot Task was interrupted.' });
    expect(await look(LEASE - 1)).toEqual(NOTHING);
    await look(1);
    await answerDoorbells();
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitted', spotLosses: 1 });
  });

  it('ends what is open when the next one would end so, too', async () => {
    await submit();
    const reason = 'Job attempt duration exceeded timeout';
    world.containers.become('batch-1', { state: 'FAILED', statusReason: reason, exitCode: 137 });
    await look(1);
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { code: 'limit.timeout' } });
    expect(world.events).toMatchObject([{ type: 'job.failed' }]);
  });

  it('is followed when Batch does not know it any more, but not before Batch can know it', async () => {
    await submit();
    world.containers.become('batch-1', undefined);
    await look(AFTER - 1);
    expect(await world.run()).toMatchObject({ generation: 1, state: 'submitted' });
    await look(1);
    await answerDoorbells();
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitted', batchJobId: 'batch-2' });
  });
});

describe('a container that Spot does not start', () => {
  it('is asked for on demand, and ended where it waits', async () => {
    await submit();
    expect(await look(START - 1)).toEqual(NOTHING);
    await look(1);
    expect(world.containers.terminated).toEqual([{ batchJobId: 'batch-1', reason: NOT_STARTED }]);
    await answerDoorbells();
    expect(world.containers.requests.map(({ queue }) => queue)).toEqual(['spot', 'onDemand']);
    expect(await world.run()).toMatchObject({ generation: 2, queue: 'onDemand', spotLosses: 0 });
    await look(6 * START - 1);
    expect(world.containers.terminated).toHaveLength(1);
  });

  it('is not waited for without an end on demand, either', async () => {
    await submit();
    await look(START);
    for (let generation = 2; generation <= MAX_SUBMISSIONS; generation += 1) {
      await answerDoorbells();
      expect(await world.run()).toMatchObject({ generation, queue: 'onDemand', state: 'submitted' });
      await look(6 * START);
    }
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { code: 'infrastructure' } });
    expect(world.containers.terminated).toHaveLength(MAX_SUBMISSIONS);
  });

  it('is asked for on demand by the next look when this one died after it was ended', async () => {
    await submit();
    const { runs } = world.ports;
    const end = () => Promise.reject(new Error('dead'));
    world.clock.now += START;
    const dying = { ...world.ports, runs: { ...runs, end } };
    await expect(sweep(dying, LOOK)).rejects.toMatchObject({ errors: [new Error('dead')] });
    expect(world.containers.terminated).toHaveLength(1);
    await look(1);
    await answerDoorbells();
    expect(await world.run()).toMatchObject({ generation: 2, queue: 'onDemand', state: 'submitted' });
  });

  it('has as long for its next attempt, from when the one before gave its tasks back', async () => {
    await submit();
    world.clock.now += START / 2;
    await work('batch-1');
    await world.claim('480p', 'batch-1#1');
    world.clock.now += LEASE / 2;
    const claim = { jobId: 'job-1', task: '480p', worker: 'batch-1#1', attempt: 1 };
    await world.jobs.settle(claim, { kind: 'returned', usage: NO_USAGE }, world.clock.now);
    await world.jobs.batchLeases.release('job-1', 'batch-1#1');
    await look(START - 1);
    expect(world.containers.terminated).toEqual([]);
    await look(1);
    expect(world.containers.terminated).toHaveLength(1);
  });
});

it('gives up a task that no container has taken for two weeks', async () => {
  await submit();
  await world.jobs.batchRuns.end('job-1', 1, { queue: 'onDemand', spotLosses: 0 });
  await submit();
  expect(await look(14 * 24 * 3_600_000)).toEqual({ ...NOTHING, failed: 3 });
  expect((await world.job()).header).toMatchObject({ state: 'failed', error: { code: 'infrastructure' } });
});
