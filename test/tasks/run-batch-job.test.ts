import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { BatchLeases } from '../../shared/core/ports/batch.ts';
import type { LadderRequest, MakeLadder } from '../../shared/core/ports/ladder.ts';
import { claimOpenTasks } from '../../shared/tasks/batch/claim-open-tasks.ts';
import { holdTasks } from '../../shared/tasks/batch/held-tasks.ts';
import { runBatchJob } from '../../shared/tasks/batch/run-batch-job.ts';
import { type BatchWorld, batchWorld, container, LEASE, made } from '../helpers/batch-world.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { textOf } from '../helpers/text-of.ts';

let dynalite: Dynalite;
let world: BatchWorld;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  world = await batchWorld(dynalite);
});
afterEach(async () => {
  expect(await readdir(world.scratchRoot)).toEqual([]);
  await world.close();
});

/** Ends each task with what `results` says, in order; those that it does not name are made. */
function ladder(results: Readonly<Record<string, Error>> = {}): MakeLadder & { readonly asked: string[][] } {
  const asked: string[][] = [];
  const make = async (request: LadderRequest) => {
    asked.push([...request.tasks]);
    for (const task of request.tasks) {
      request.onProgress(task, 0.5);
      const error = results[task];
      await request.onMade(
        task,
        error ? { kind: 'failed', error } : { kind: 'made', made: await made(request, task) },
      );
    }
  };
  return Object.assign(make, { asked });
}

const passing = new MillraceError('infrastructure', 'Not today.', { retryable: true });
const permanent = new MillraceError('input.corrupt', 'Broken.');

/** Never ends by itself. */
const untilAbort = async ({ signal }: LadderRequest): Promise<never> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
};

/** Resolves when `condition` holds; looks again after every turn of the event loop. */
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

describe('runBatchJob', () => {
  it('makes every task of the lane from one reading, ends the job and closes the run', async () => {
    let request: LadderRequest | undefined;
    const end = await runBatchJob(
      world.ports,
      async (given) => {
        request = given;
        for (const task of given.tasks) {
          world.clock.now += 3000;
          await given.onMade(task, { kind: 'made', made: await made(given, task) });
        }
      },
      container({ vcpus: 4 }),
    );
    expect(end).toBe('done');
    const job = await world.job();
    expect(request).toMatchObject({
      jobId: 'job-1',
      source: job.header.source,
      tasks: ['480p', '720p', 'thumbnails'],
      vcpus: 4,
      input: { protocols: 'file' },
    });
    expect(job.header).toMatchObject({
      state: 'completed',
      manifest: { path: 'manifest.json' },
      announcedAt: expect.any(String),
    });
    const succeeded = { state: 'succeeded', attempt: 1, lease: null };
    const used = (vcpuSeconds: number) => ({ usage: { billedMs: 0, memoryMb: 0, vcpuSeconds } });
    // Nine seconds of four processors: shared by three, by two, by one.
    expect(job.tasks).toMatchObject([
      { ...succeeded, name: '480p', outputs: [{ path: '480p.mp4', bytes: 9 }], ...used(4) },
      { ...succeeded, name: '720p', ...used(10) },
      { name: '1080p', state: 'skipped' },
      { ...succeeded, name: 'thumbnails', ...used(22) },
    ]);
    expect(await textOf(world.outputs, 'job-1/720p.mp4')).toBe('made 720p');
    expect(world.events).toMatchObject([{ id: 'job-1:completed' }]);
    expect(await world.run()).toMatchObject({ state: 'ended', lease: null });
  });

  it('makes what is handed over meanwhile in a further round, and nothing twice', async () => {
    await world.plan('late', { '720p': { lane: 'lambda' } });
    const makes = ladder();
    const end = await runBatchJob(
      world.ports,
      async (request) => {
        const reason = 'It would not end in time.';
        if (makes.asked.length === 0)
          await world.jobs.handOverUnclaimed('late', '720p', reason, world.clock.now);
        await makes(request);
      },
      container({ jobId: 'late' }),
    );
    expect(end).toBe('done');
    expect(makes.asked).toEqual([['480p', 'thumbnails'], ['720p']]);
    expect((await world.job('late')).header.state).toBe('completed');
  });

  it.each(['take', 'close'] as const)('misses no doorbell that comes right before %s', async (step) => {
    await world.plan('rung', { '720p': { lane: 'lambda' } });
    const makes = ladder();
    let isRung = false;
    const ring = async (at: 'take' | 'close') => {
      if (at !== step || makes.asked.length === 0 || isRung) return;
      isRung = true;
      await world.jobs.handOverUnclaimed('rung', '720p', 'Too slow.', world.clock.now);
      await world.jobs.batchRuns.ring('rung');
    };
    const { leases } = world.ports;
    const rung: BatchLeases = {
      ...leases,
      take: (...args) => ring('take').then(() => leases.take(...args)),
      close: (...args) => ring('close').then(() => leases.close(...args)),
    };
    const end = await runBatchJob({ ...world.ports, leases: rung }, makes, container({ jobId: 'rung' }));
    expect([end, isRung, makes.asked]).toEqual(['done', true, [['480p', 'thumbnails'], ['720p']]]);
  });

  it('closes the run when only tasks are left that wait for a function', async () => {
    await world.plan('waits', {
      '480p': { lane: 'lambda' },
      '720p': { lane: 'lambda' },
      thumbnails: { after: ['480p'] },
    });
    const makes = ladder();
    expect(await runBatchJob(world.ports, makes, container({ jobId: 'waits' }))).toBe('done');
    expect(makes.asked).toEqual([]);
    expect(await world.task('thumbnails', 'waits')).toMatchObject({ state: 'pending', attempt: 0 });
    expect(await world.run('waits')).toMatchObject({ state: 'ended' });
  });

  it('tries again what may pass, alone, and keeps what is made', async () => {
    const first = ladder({ '720p': passing });
    const then = ladder();
    const makes: MakeLadder = (request) => (first.asked.length === 0 ? first : then)(request);
    expect(await runBatchJob(world.ports, makes, container({ leaseMs: 40 }))).toBe('done');
    expect([first.asked, then.asked]).toEqual([[['480p', '720p', 'thumbnails']], [['720p']]]);
    expect(await world.task('720p')).toMatchObject({ state: 'succeeded', attempt: 2, error: null });
    expect((await world.job()).header.state).toBe('completed');
  });

  it('fails a task whose attempts are spent, and lists what succeeded', async () => {
    const makes = ladder({ '720p': passing });
    expect(await runBatchJob(world.ports, makes, container({ leaseMs: 40 }))).toBe('done');
    expect(makes.asked).toEqual([['480p', '720p', 'thumbnails'], ['720p'], ['720p'], ['720p']]);
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({ state: 'failed', error: { code: 'infrastructure', task: '720p' } });
    expect(tasks.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['succeeded', 1],
      ['failed', 4],
      ['skipped', 0],
      ['succeeded', 1],
    ]);
  });

  it('fails a task for good on a permanent error, once', async () => {
    const makes = ladder({ '480p': permanent });
    expect(await runBatchJob(world.ports, makes, container())).toBe('done');
    expect(makes.asked).toHaveLength(1);
    expect(await world.task('480p')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'input.corrupt', task: '480p' },
    });
    expect((await world.job()).header.state).toBe('failed');
  });

  it.each([
    ['throws what it should not', () => Promise.reject(new TypeError('a defect')), 'infrastructure'],
    ['leaves tasks out', () => Promise.resolve(), 'infrastructure'],
    ['throws a permanent error', () => Promise.reject(permanent), 'input.corrupt'],
  ])('ends the attempts when the maker %s', async (_, make, code) => {
    expect(await runBatchJob(world.ports, make, container({ leaseMs: 40 }))).toBe('done');
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({ state: 'failed', error: { code } });
    expect(tasks.filter(({ state }) => state === 'failed')).toHaveLength(3);
  });

  it('blames the source when it vanished under the work, though the maker was content', async () => {
    const makes = ladder();
    const make: MakeLadder = async (request) => {
      await rm(request.input.url.replace('file:', ''));
      await makes(request);
    };
    expect(await runBatchJob(world.ports, make, container())).toBe('done');
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({ state: 'failed', error: { code: 'input.missing' } });
    expect(tasks.flatMap(({ outputs }) => outputs)).toEqual([]);
    expect(makes.asked).toHaveLength(1);
  });

  it('leaves out a task whose claim is lost, and goes on with the others', async () => {
    const makes = ladder();
    const make: MakeLadder = async (request) => {
      if (makes.asked.length === 0) {
        await world.steal('480p');
        await until(() => world.log.some(({ msg }) => msg === 'claim lost'));
      }
      await makes(request);
    };
    const running = runBatchJob(world.ports, make, container({ heartbeatMs: 5, leaseMs: 800 }));
    await until(async () => (await world.task('thumbnails')).state === 'succeeded');
    expect(await world.task('480p')).toMatchObject({ state: 'running', lease: { worker: 'thief' } });
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBeUndefined();
    // The thief falls silent.
    world.clock.now += LEASE;
    expect(await running).toBe('done');
    expect(makes.asked).toEqual([['480p', '720p', 'thumbnails'], ['480p']]);
    expect(await world.task('480p')).toMatchObject({ state: 'succeeded', attempt: 3 });
  });

  it('stops work when every claim is lost', async () => {
    const makes = ladder();
    let works = 0;
    const make: MakeLadder = async (request) => {
      works += 1;
      if (works > 1) return makes(request);
      for (const task of request.tasks) await world.steal(task);
      return untilAbort(request);
    };
    const running = runBatchJob(world.ports, make, container({ heartbeatMs: 5, leaseMs: 800 }));
    await until(() => world.log.filter(({ msg }) => msg === 'claim lost').length === 3);
    world.clock.now += LEASE;
    expect(await running).toBe('done');
    expect((await world.job()).tasks[0]).toMatchObject({ state: 'succeeded', attempt: 3 });
  });

  it('waits for a task that a dead container holds', async () => {
    await world.claim('480p', 'dead');
    const makes = ladder();
    const running = runBatchJob(world.ports, makes, container({ leaseMs: 800 }));
    await until(async () => (await world.task('720p')).state === 'succeeded');
    expect(makes.asked).toEqual([['720p', 'thumbnails']]);
    world.clock.now += LEASE;
    expect(await running).toBe('done');
    expect(makes.asked).toEqual([['720p', 'thumbnails'], ['480p']]);
    expect(await world.task('480p')).toMatchObject({ state: 'succeeded', attempt: 2 });
  });

  it('claims nothing while the rest of what a dead container held is about to be free', async () => {
    await world.claim('480p', 'dead');
    world.clock.now += 50;
    await world.claim('720p', 'dead');
    world.clock.now += LEASE - 50;
    const claimant = { worker: 'next', leaseMs: LEASE, heartbeatMs: 100, deadline: null };
    const held = holdTasks(
      world.ports,
      { leaseMs: LEASE, heartbeatMs: LEASE, memoryLimitMb: 1000 },
      { jobId: 'job-1', worker: 'next', vcpus: 2 },
    );
    const freeAt = world.clock.now + 50;
    expect(await claimOpenTasks(world.ports, held, await world.job(), claimant)).toBe(freeAt);
    expect(held.names()).toEqual([]);
    world.clock.now = freeAt;
    expect(await claimOpenTasks(world.ports, held, await world.job(), claimant)).toBeNull();
    expect(held.names()).toEqual(['480p', '720p', 'thumbnails']);
    await held.giveBack();
  });

  it('fails a task whose attempts all died in silence, for want of memory', async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await world.claim('480p', `dead-${attempt}`);
      const claim = { jobId: 'job-1', task: '480p', worker: `dead-${attempt}`, attempt };
      const memory = { usedMb: 990, limitMb: 1000 };
      const { now } = world.clock;
      await world.jobs.heartbeat(claim, { progress: 0.1, memory, vcpuSeconds: 2, now, leaseMs: LEASE });
      world.clock.now += LEASE;
    }
    const makes = ladder();
    expect(await runBatchJob(world.ports, makes, container())).toBe('done');
    expect(makes.asked).toEqual([['720p', 'thumbnails']]);
    expect(await world.task('480p')).toMatchObject({
      state: 'failed',
      error: { code: 'limit.memory' },
      usage: { billedMs: 0, memoryMb: 0, vcpuSeconds: 8 },
    });
  });

  it('rejects when an end cannot be recorded, and blames no task for it', async () => {
    const jobs: JobStore = {
      ...world.jobs,
      settle: (claim, outcome, now) =>
        outcome.kind === 'succeeded'
          ? Promise.reject(new Error('no table today'))
          : world.jobs.settle(claim, outcome, now),
    };
    const running = runBatchJob({ ...world.ports, jobs }, ladder(), container());
    await expect(running).rejects.toMatchObject({ cause: { message: 'no table today' } });
    const given = { state: 'pending', attempt: 0, error: null, lease: null };
    expect((await world.job()).tasks).toMatchObject([given, given, { state: 'skipped' }, given]);
    expect(await world.run()).toMatchObject({ state: 'submitted', lease: null });
  });

  it('does for an ended task what a container that died after it left undone', async () => {
    await runBatchJob(
      { ...world.ports, events: { publish: () => Promise.reject(new Error('no topic today')) } },
      ladder(),
      container(),
    ).catch(() => undefined);
    expect(world.events).toEqual([]);
    expect(await runBatchJob(world.ports, untilAbort, container())).toBe('done');
    expect(world.events).toMatchObject([{ id: 'job-1:completed' }]);
  });

  it('closes the run of a job that is not there', async () => {
    expect(await runBatchJob(world.ports, untilAbort, container({ jobId: 'nobody' }))).toBe('done');
  });
});

describe('a container that is told to end', () => {
  it('gives back what it holds, as if it had not begun, and the lease with it', async () => {
    const stop = new AbortController();
    const makes = ladder();
    const make: MakeLadder = async (request) => {
      await makes({ ...request, tasks: ['480p'] });
      stop.abort();
      return untilAbort(request);
    };
    expect(await runBatchJob(world.ports, make, container({ signal: stop.signal }))).toBe('terminated');
    const given = { state: 'pending', attempt: 0, lease: null, error: null };
    const { tasks } = await world.job();
    expect(tasks).toMatchObject([{ state: 'succeeded' }, given, { state: 'skipped' }, given]);
    expect(await world.run()).toMatchObject({ state: 'submitted', lease: null });
    expect(await runBatchJob(world.ports, makes, container())).toBe('done');
    expect(makes.asked).toEqual([['480p'], ['720p', 'thumbnails']]);
    expect((await world.job()).tasks[1]).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it('does so though a write hangs', async () => {
    const stop = new AbortController();
    const outputs = {
      ...world.outputs,
      put: () => {
        stop.abort();
        return new Promise<never>(() => undefined);
      },
    };
    const host = container({ signal: stop.signal, stopMs: 3000 });
    // The directory belongs to the work that hangs; it goes with the process.
    const scratch = join(world.scratchRoot, 'hangs');
    await writeFile(scratch, '');
    const openScratch = async () => ({ path: world.scratchRoot, wipe: () => Promise.resolve() });
    const end = await runBatchJob({ ...world.ports, outputs, openScratch }, ladder(), host);
    expect(end).toBe('terminated');
    expect((await world.job()).tasks).toMatchObject([
      { state: 'pending', attempt: 0, lease: null },
      { state: 'pending', attempt: 0, lease: null },
      { state: 'skipped' },
      { state: 'pending', attempt: 0, lease: null },
    ]);
    for (const name of await readdir(world.scratchRoot)) await rm(join(world.scratchRoot, name));
  });

  it('ends though not even giving back works', async () => {
    const stop = new AbortController();
    const jobs: JobStore = { ...world.jobs, settle: () => new Promise(() => undefined) };
    const make: MakeLadder = (request) => {
      stop.abort();
      return untilAbort(request);
    };
    const host = container({ signal: stop.signal, stopMs: 100 });
    expect(await runBatchJob({ ...world.ports, jobs }, make, host)).toBe('terminated');
    expect(world.log.map(({ msg }) => msg)).toContain('leases not given back');
  });

  it('leaves the watch over the lease of another', async () => {
    const stop = new AbortController();
    await world.lease('other');
    const running = runBatchJob(world.ports, untilAbort, container({ signal: stop.signal }));
    await until(() => world.log.some(({ msg }) => msg === 'job is in other hands'));
    stop.abort();
    expect(await running).toBe('terminated');
  });
});

describe('two containers of one job', () => {
  it('leave the work to the one that lives', async () => {
    await world.lease('other');
    const before = await world.job();
    const running = runBatchJob(world.ports, untilAbort, container({ leaseMs: 300 }));
    await until(() => world.log.some(({ msg }) => msg === 'job is in other hands'));
    world.clock.now += LEASE / 3;
    await world.lease('other');
    expect(await running).toBe('taken');
    expect(await world.job()).toEqual(before);
    expect((await world.run())?.lease?.worker).toBe('other');
  });

  it('are one when the other is dead', async () => {
    await world.lease('other');
    const running = runBatchJob(world.ports, ladder(), container({ leaseMs: 300 }));
    await until(() => world.log.some(({ msg }) => msg === 'job is in other hands'));
    world.clock.now += LEASE;
    expect(await running).toBe('done');
    expect((await world.job()).header.state).toBe('completed');
  });

  it('do not both go on: the one that lost its lease gives back what it holds', async () => {
    const make: MakeLadder = async (request) => {
      world.clock.now += LEASE;
      await world.lease('other');
      return untilAbort(request);
    };
    expect(await runBatchJob(world.ports, make, container({ leaseMs: 300 }))).toBe('taken');
    expect(await world.task('480p')).toMatchObject({ state: 'pending', attempt: 0, lease: null });
    expect((await world.run())?.lease?.worker).toBe('other');
  });

  it('do not both go on: the one that cannot renew its lease fails', async () => {
    let unreachable = false;
    const leases = {
      ...world.ports.leases,
      take: (...args: Parameters<typeof world.ports.leases.take>) =>
        unreachable ? Promise.reject(new Error('no table today')) : world.ports.leases.take(...args),
    };
    const make: MakeLadder = (request) => {
      unreachable = true;
      world.clock.now += LEASE;
      return untilAbort(request);
    };
    const running = runBatchJob({ ...world.ports, leases }, make, container({ leaseMs: 300 }));
    await expect(running).rejects.toMatchObject({ name: 'ClaimLost', taken: false });
    expect(await world.task('480p')).toMatchObject({ state: 'pending', attempt: 0 });
  });
});
