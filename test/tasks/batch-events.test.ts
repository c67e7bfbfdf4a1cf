import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SUBMISSIONS } from '../../shared/core/batch-run.ts';
import { NO_USAGE } from '../../shared/core/job.ts';
import type { ContainerStatus } from '../../shared/core/ports/batch.ts';
import { type HearBatchEventPorts, hearBatchEvent } from '../../shared/tasks/batch/hear-batch-event.ts';
import { submitBatch } from '../../shared/tasks/batch/submit-batch.ts';
import { type BatchWorld, batchWorld, LEASE } from '../helpers/batch-world.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS } from '../helpers/pipeline-ports.ts';

const FAILED = { state: 'FAILED', statusReason: 'Essential container in task exited', exitCode: 1 } as const;
const SPOT = { ...FAILED, statusReason: 'Your Spot Task was interrupted.', exitCode: 143 };
const TIMEOUT = { ...FAILED, statusReason: 'Job attempt duration exceeded timeout', exitCode: 137 };
const DONE = { state: 'SUCCEEDED', exitCode: 0 } as const;
const BELL = { jobId: 'job-1', task: '480p', lane: 'batch' } as const;

let dynalite: Dynalite;
let world: BatchWorld;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  world = await batchWorld(dynalite);
  await submitBatch(world.ports, CONTAINERS, BELL);
});
afterEach(() => world.close());

function hear(
  status: Partial<ContainerStatus>,
  batchJobId = 'batch-1',
  jobId: string | null = 'job-1',
  ports: HearBatchEventPorts = world.ports,
): Promise<void> {
  const nothing = { statusReason: null, exitCode: null, containerReason: null, state: 'FAILED' } as const;
  const event = { jobId, status: { ...nothing, ...status, batchJobId } };
  return hearBatchEvent(ports, CONTAINERS, event);
}

/** What the doorbells that were rung lead to. */
async function answerDoorbells(): Promise<number> {
  const bells = world.doorbells.splice(0);
  for (const bell of bells) await submitBatch(world.ports, CONTAINERS, bell);
  return bells.length;
}

async function lease(batchJobId: string): Promise<void> {
  const worker = `${batchJobId}#1`;
  const taken = { worker, batchJobId, now: world.clock.now, leaseMs: LEASE };
  expect(await world.jobs.batchLeases.take('job-1', taken)).toBeDefined();
}

async function endTask(task: string): Promise<void> {
  await world.claim(task, 'w');
  const outcome = { kind: 'succeeded', outputs: [], warnings: [], usage: NO_USAGE } as const;
  await world.jobs.settle({ jobId: 'job-1', task, worker: 'w', attempt: 1 }, outcome, world.clock.now);
}

async function returnTask(task: string, progress: number): Promise<void> {
  const claim = { jobId: 'job-1', task, worker: 'w', attempt: 1 };
  await world.claim(task, 'w');
  await world.jobs.heartbeat(claim, { progress, memory: null, now: world.clock.now, leaseMs: LEASE });
  await world.jobs.settle(claim, { kind: 'returned', usage: NO_USAGE }, world.clock.now);
}

describe('a container that the next one can follow', () => {
  it.each([
    ['taken by Spot', SPOT, { queue: 'spot', spotLosses: 1 }],
    ['crashed', FAILED, { queue: 'spot', spotLosses: 0 }],
    ['done before the last task was', DONE, { queue: 'spot', spotLosses: 0 }],
  ])('%s, is followed at once, whatever it still holds', async (_, status, next) => {
    await lease('batch-1');
    await world.claim('720p', 'batch-1#1');
    await hear(status);
    expect(await world.run()).toMatchObject({ generation: 1, state: 'ended', lease: null });
    expect(world.doorbells).toEqual([BELL]);
    await answerDoorbells();
    expect(world.containers.requests).toMatchObject([{ queue: 'spot' }, { queue: next.queue }]);
    expect(await world.run()).toMatchObject({
      generation: 2,
      state: 'submitted',
      batchJobId: 'batch-2',
      lease: null,
      ...next,
    });
  });

  it('is asked for on demand when Spot has taken two', async () => {
    await hear(SPOT);
    await answerDoorbells();
    await hear(SPOT, 'batch-2');
    await answerDoorbells();
    expect(world.containers.requests.map(({ queue }) => queue)).toEqual(['spot', 'spot', 'onDemand']);
    expect(await world.run()).toMatchObject({ generation: 3, queue: 'onDemand', spotLosses: 2 });
  });

  it('is followed by one, however often its end is told', async () => {
    await hear(SPOT);
    await hear(SPOT);
    expect(await answerDoorbells()).toBe(2);
    await hear(SPOT);
    expect(await answerDoorbells()).toBe(0);
    expect(world.containers.requests).toHaveLength(2);
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitted', rings: 1, spotLosses: 1 });
  });

  it('is the last when all submissions are spent', async () => {
    await endTask('480p');
    for (let generation = 1; generation < MAX_SUBMISSIONS; generation += 1) {
      await hear(FAILED, `batch-${generation}`);
      await answerDoorbells();
    }
    expect(world.containers.requests).toHaveLength(MAX_SUBMISSIONS);
    await hear(FAILED, `batch-${MAX_SUBMISSIONS}`);
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({
      state: 'failed',
      error: {
        code: 'infrastructure',
        detail: '5 containers were asked for to make 720p, and none got it done.',
      },
    });
    expect(tasks.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'skipped', 'failed']);
    expect(world.doorbells).toEqual([]);
  });

  it('is not followed where no attempt is left', async () => {
    await endTask('480p');
    await endTask('thumbnails');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      if (attempt > 1) world.clock.now += LEASE;
      await world.claim('720p', `w${attempt}`);
    }
    await expect(hear(FAILED)).rejects.toThrow('not free yet');
    expect(world.extensions).toEqual([LEASE / 1000]);
    world.clock.now += LEASE;
    await hear(FAILED);
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { task: '720p' } });
    expect(world.containers.requests).toHaveLength(1);
  });
});

describe('a container after which the next one would end the same way', () => {
  it.each([
    [
      'out of time',
      TIMEOUT,
      'limit.timeout',
      'The container was stopped after its time limit of 12 hours, at 40 % of 720p.',
    ],
    [
      'out of memory',
      { ...FAILED, exitCode: 137, containerReason: 'OutOfMemoryError: Container killed due to memory usage' },
      'limit.memory',
      'The container was ended for lack of memory, of which it has 8192 MB, at 40 % of 720p.',
    ],
    [
      'not set up',
      { ...FAILED, exitCode: 64 },
      'infrastructure',
      'The container that was to make 720p is not set up correctly.',
    ],
  ])('%s, ends what is open and keeps what is done', async (_, status, code, detail) => {
    await endTask('480p');
    await returnTask('720p', 0.4);
    await hear(status);
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({
      state: 'failed',
      error: { code, detail, task: '720p', retryable: false },
      manifest: { path: 'manifest.json' },
      announcedAt: expect.any(String),
    });
    expect(tasks.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'skipped', 'failed']);
    expect(await world.run()).toMatchObject({ generation: 1, state: 'ended' });
    expect(world.doorbells).toEqual([]);
    await hear(status);
    expect(world.events).toHaveLength(1);
  });

  it('is dealt with once the leases of its tasks have run out, and nobody follows it until then', async () => {
    await lease('batch-1');
    world.clock.now += LEASE / 2;
    await world.claim('720p', 'batch-1#1');
    world.clock.now += LEASE / 4;
    await expect(hear(TIMEOUT)).rejects.toThrow('not free yet');
    expect(world.extensions).toEqual([(LEASE * 3) / 4000]);
    expect(await world.run()).toMatchObject({ state: 'submitted' });
    world.clock.now += (LEASE * 3) / 4;
    await hear(TIMEOUT);
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { code: 'limit.timeout' } });
  });

  it('comes again from the dead letters, too, when its queue says', async () => {
    await world.claim('720p', 'batch-1#1');
    const dead = { ...world.ports, message: null };
    await expect(hear(TIMEOUT, 'batch-1', 'job-1', dead)).rejects.toThrow('not free yet');
    expect(world.extensions).toEqual([]);
    world.clock.now += LEASE;
    await hear(TIMEOUT, 'batch-1', 'job-1', dead);
    expect((await world.job()).header).toMatchObject({ state: 'failed', error: { code: 'limit.timeout' } });
  });

  it('leaves to the next what is handed over in that moment', async () => {
    await world.plan('job-2', { thumbnails: { lane: 'lambda' } });
    await submitBatch(world.ports, CONTAINERS, { ...BELL, jobId: 'job-2' });
    const { runs, jobs } = world.ports;
    const end: typeof runs.end = async (...args) => {
      expect(await jobs.handOverUnclaimed('job-2', 'thumbnails', 'It is late.', world.clock.now)).toBe(true);
      return runs.end(...args);
    };
    await hear(TIMEOUT, 'batch-2', 'job-2', { ...world.ports, runs: { ...runs, end } });
    expect(world.doorbells).toEqual([{ jobId: 'job-2', task: 'thumbnails', lane: 'batch' }]);
    expect((await world.job('job-2')).tasks.map(({ state }) => state)).toEqual([
      'failed',
      'failed',
      'skipped',
      'pending',
    ]);
  });
});

describe('a state change that asks for nothing', () => {
  it.each([
    ['of a container under way', { state: 'RUNNING' as const }, 'batch-1', 'job-1'],
    ['of a container before', FAILED, 'batch-0', 'job-1'],
    ['of an unknown job', FAILED, 'batch-1', 'nobody'],
    ['of a job that is not ours', FAILED, 'batch-1', null],
  ])('%s', async (_, status, batchJobId, jobId) => {
    const before = await world.run();
    await hear(status, batchJobId, jobId);
    expect(await world.run()).toEqual(before);
    expect(world.doorbells).toEqual([]);
  });

  it('while the next container is being asked for', async () => {
    await hear(FAILED);
    expect(world.doorbells.splice(0)).toHaveLength(1);
    const { now } = world.clock;
    await world.jobs.batchRuns.elect('job-1', { after: 1, queue: 'spot', spotLosses: 0, now });
    await hear(FAILED);
    expect(await world.run()).toMatchObject({ generation: 2, state: 'submitting' });
    expect([world.doorbells, world.extensions]).toEqual([[], []]);
  });

  it('of a surplus container, while another works', async () => {
    await lease('batch-9');
    await world.jobs.batchRuns.recordSubmission('job-1', 1, 'batch-1');
    await hear(DONE);
    expect(await world.run()).toMatchObject({ state: 'submitted', lease: { worker: 'batch-9#1' } });
    expect(world.doorbells).toEqual([]);
  });

  it('of a container that has made all, whose worker died before the job had its end', async () => {
    for (const task of ['480p', '720p', 'thumbnails']) await endTask(task);
    await hear(DONE);
    expect((await world.job()).header).toMatchObject({ state: 'completed', announcedAt: expect.any(String) });
    expect(await world.run()).toMatchObject({ state: 'ended' });
  });
});

describe('hearing that dies on the way', () => {
  it.each([
    ['a crash', FAILED, { state: 'submitted', generation: 2 }, 'queued'],
    ['a lack of time', TIMEOUT, { state: 'ended', generation: 1 }, 'failed'],
  ])('is made up for by the next delivery, after %s', async (_, status, run, state) => {
    let effects = 0;
    for (let crashed = true; crashed; effects += 1) {
      const jobId = `job-${effects + 2}`;
      await world.plan(jobId, { '720p': { lane: 'lambda', state: 'succeeded' } });
      await submitBatch(world.ports, CONTAINERS, { ...BELL, jobId });
      const batchJobId = (await world.run(jobId))?.batchJobId ?? '';
      const point = crashAfter(effects);
      const { jobs, runs, tasks, events, outputs } = world.ports;
      const dying = {
        ...world.ports,
        jobs: point.wrap(jobs),
        runs: point.wrap(runs),
        tasks: point.wrap(tasks),
        events: point.wrap(events),
        outputs: point.wrap(outputs),
      };
      const heard = hear(status, batchJobId, jobId, dying);
      await heard.catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      crashed = point.crashed();
      await hear(status, batchJobId, jobId);
      await answerDoorbells();
      expect(await world.run(jobId)).toMatchObject(run);
      const { header } = await world.job(jobId);
      expect([header.state, header.announcedAt !== null]).toEqual([state, state === 'failed']);
    }
    expect(effects).toBeGreaterThan(4);
  });
});
