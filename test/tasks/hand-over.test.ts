import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobStore, type JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { jobDocument } from '../../shared/core/document.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import { type Job, NO_USAGE, type Task } from '../../shared/core/job.ts';
import type { Make } from '../../shared/core/ports/work.ts';
import { advanceJob } from '../../shared/tasks/advance-job.ts';
import { handOverLost } from '../../shared/tasks/hand-over.ts';
import { type RunTaskPorts, runTask } from '../../shared/tasks/run-task.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import type { TaskHost } from '../../shared/tasks/task-host.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import {
  CONTAINERS,
  host,
  makeText,
  type PipelinePorts,
  pipelinePorts,
  SETTINGS,
} from '../helpers/pipeline-ports.ts';

const LEASE = 120_000;
const LIMIT = 900_000;
const RESERVE = 30_000;
const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };

let dynalite: Dynalite;
let jobs: JobStore;
let world: PipelinePorts;
let tables = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  tables += 1;
  jobs = await dynalite.createStore(`jobs-${tables}`);
  world = await pipelinePorts(jobs);
  await plannedJob('job-1');
});
afterEach(async () => {
  expect(await readdir(world.scratchRoot).catch(() => [])).toEqual([]);
  await world.close();
});

const bell = (task: string, lane: 'lambda' | 'batch' = 'lambda') => ({ jobId: 'job-1', task, lane });

async function plannedJob(id: string, tasks: readonly Task[] = TASKS): Promise<void> {
  await jobs.recordJob(header({ id, source: await world.upload(`${id}.mp4`) }));
  const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: 'Short.' } as const;
  await jobs.recordPlan(id, planned, tasks, world.clock.now);
  await jobs.markPublished(id);
}

/** A function that begins now, whose tasks may go to a container. */
function worker(fields: Partial<TaskHost> = {}): TaskHost {
  return host({ deadline: world.clock.now + LIMIT, handOver: { reserveMs: RESERVE }, ...fields });
}

function run(make: Make, at = worker(), ports: Partial<RunTaskPorts> = {}, task = '480p'): Promise<void> {
  return runTask({ ...world.ports, ...ports }, bell(task), make, at);
}

async function readJob(id = 'job-1'): Promise<Job> {
  const job = await jobs.read(id);
  if (job === undefined) throw new Error('no job');
  return job;
}

async function taskOf(name = '480p', id = 'job-1'): Promise<Task> {
  const found = (await readJob(id)).tasks.find((task) => task.name === name);
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
}

/** Works until it is stopped, as ffmpeg does. */
async function untilStopped({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

const mustNotMake: Make = () => Promise.reject(new Error('must not be made'));

/** Claimed by a worker that then died, heard of for the last time when it had `fields` of time and memory. */
async function lostAttempt(fields: { readonly left?: number; readonly usedMb?: number }): Promise<void> {
  const { now } = world.clock;
  const deadline = now + (fields.left ?? LIMIT);
  const claim = { jobId: 'job-1', task: '480p', worker: `dead-${now}` };
  const request = { ...claim, lane: 'lambda', now, leaseMs: LEASE, deadline, memoryMb: 1000 } as const;
  const claimed = await jobs.claim(request);
  if (claimed.kind !== 'claimed') throw new Error(`not claimed but ${claimed.kind}`);
  const memory = { usedMb: fields.usedMb ?? 100, limitMb: 1000 };
  const beat = { progress: 0.5, memory, now, leaseMs: LEASE };
  expect(await jobs.heartbeat({ ...claim, attempt: claimed.task.attempt }, beat)).toBe(true);
  world.clock.now += LEASE;
}

describe('a worker whose task will not end in time', () => {
  it('stops it, gives it to a container, rings there, and says why', async () => {
    let stopped: unknown;
    await run(async (context) => {
      // 10 s of video at a hundredth of real time.
      for (let second = 0; !context.signal.aborted; second += 1) {
        world.clock.now += 1000;
        context.onProgress(second / 1000);
      }
      stopped = context.signal.reason;
      return untilStopped(context);
    });
    expect(stopped).toBeInstanceOf(Error);
    const task = await taskOf();
    expect(task).toMatchObject({
      state: 'pending',
      lane: 'batch',
      laneReason:
        "480p ran at 0.01x of real time and would have ended 101 seconds after its function's limit of 900 seconds; a container makes it instead.",
      attempt: 1,
      lease: null,
      error: null,
      outputs: [],
      usage: { billedMs: 56_000, memoryMb: 1000 },
    });
    expect(world.doorbells).toEqual([bell('480p', 'batch')]);
    const document = jobDocument(await readJob(), () => '');
    expect(document).toMatchObject({ lane: 'lambda', laneReason: `Short. ${task.laneReason}` });
    expect(document.tasks[0]).toMatchObject({ name: '480p', lane: 'batch' });
  });

  it('does so at the last moment though it heard of no progress', async () => {
    await run(async (context) => {
      world.clock.now += LIMIT - RESERVE;
      return untilStopped(context);
    });
    expect(await taskOf()).toMatchObject({
      state: 'pending',
      lane: 'batch',
      laneReason:
        '480p had not ended when the 900 seconds of its function were nearly over; a container makes it instead.',
    });
    expect(world.doorbells).toEqual([bell('480p', 'batch')]);
  });

  it('does so with the thumbnails, too', async () => {
    await jobs.failUnclaimed(
      'job-1',
      '480p',
      { code: 'encode.failed', detail: '', remedy: '', task: '480p', retryable: false },
      world.clock.now,
    );
    const make: Make = (context) => {
      world.clock.now += LIMIT - RESERVE;
      return untilStopped(context);
    };
    await run(make, worker(), {}, 'thumbnails');
    expect(await taskOf('thumbnails')).toMatchObject({ state: 'pending', lane: 'batch', attempt: 1 });
    expect(world.doorbells).toEqual([bell('thumbnails', 'batch')]);
  });

  it('leaves a task alone that ends just in time', async () => {
    await run(async (context) => {
      for (let second = 1; second < 869; second += 1) {
        world.clock.now += 1000;
        context.onProgress(second / 870);
        if (second % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return makeText('480p')(context);
    });
    expect(await taskOf()).toMatchObject({ state: 'succeeded', lane: 'lambda', laneReason: null });
  });

  it('commits what was made in time, however long that takes', async () => {
    const { digestFile } = world.ports;
    await run(makeText('480p'), worker(), {
      digestFile: async (path) => {
        world.clock.now += LIMIT - 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return digestFile(path);
      },
    });
    expect(await taskOf()).toMatchObject({ state: 'succeeded' });
  });

  it('changes nothing of a task that another attempt has taken meanwhile', async () => {
    await run(
      async (context) => {
        world.clock.now += LEASE;
        await runTask(world.ports, bell('480p'), makeText('480p'), host());
        throw new MillraceError('limit.disk', `No space for ${context.jobId}.`);
      },
      worker({ heartbeatMs: 600_000 }),
    );
    expect(await taskOf()).toMatchObject({ state: 'succeeded', attempt: 2, lane: 'lambda' });
  });

  it('leaves it at least one attempt in the container', async () => {
    for (let attempt = 1; attempt <= 3; attempt += 1) await lostAttempt({});
    await run(() => Promise.reject(new MillraceError('limit.memory', 'Too large.', { retryable: true })));
    expect(await taskOf()).toMatchObject({ state: 'pending', lane: 'batch', attempt: 3 });
  });
});

describe('a worker that runs into a limit', () => {
  it.each([
    [
      new MillraceError('limit.disk', 'There was no space.', { retryable: true }),
      'There was no space (480p); a container makes it instead.',
    ],
    [
      new MillraceError('limit.memory', 'There was no memory.', { retryable: true }),
      'There was no memory (480p); a container makes it instead.',
    ],
    [
      new MillraceError('limit.timeout', 'There was no time.'),
      'There was no time (480p); a container makes it instead.',
    ],
    [
      Object.assign(new Error('write'), { code: 'ENOSPC' }),
      'There was not enough scratch space (480p); a container makes it instead.',
    ],
  ])('gives the task to a container: %s', async (error, laneReason) => {
    await run(() => Promise.reject(error));
    expect(await taskOf()).toMatchObject({
      state: 'pending',
      lane: 'batch',
      laneReason,
      attempt: 1,
      error: null,
    });
    expect(world.doorbells).toEqual([bell('480p', 'batch')]);
  });

  it('fails the task where there is nobody to give it to', async () => {
    await run(
      () => Promise.reject(new MillraceError('limit.timeout', 'There was no time.')),
      worker({ handOver: null }),
    );
    expect(await taskOf()).toMatchObject({
      state: 'failed',
      lane: 'lambda',
      error: { code: 'limit.timeout' },
    });
  });

  it('gives the task to a container when its scratch space runs out', async () => {
    let freeMb = 500;
    const make: Make = (context) => {
      freeMb = 42;
      return untilStopped(context);
    };
    await run(make, worker(), { freeSpace: async () => freeMb });
    expect(await taskOf()).toMatchObject({
      lane: 'batch',
      laneReason:
        'Only 42 MB of scratch space were left to 480p in its function; a container makes it instead.',
    });
  });

  it('does not even start it without scratch space', async () => {
    await run(mustNotMake, worker({ deadline: null }), { freeSpace: async () => 42 });
    expect(await taskOf()).toMatchObject({ state: 'pending', lane: 'batch', attempt: 1 });
  });

  it('works on where the space cannot be measured, and logs it', async () => {
    await run(makeText('480p'), worker(), { freeSpace: () => Promise.reject(new Error('no such disk')) });
    expect(await taskOf()).toMatchObject({ state: 'succeeded' });
    expect(world.log.filter(({ level }) => level === 'warn')).not.toEqual([]);
  });
});

describe('a task whose function died', () => {
  it.each([
    [
      'at its time limit',
      { left: 1000 },
      'The function that made 480p was stopped at its time limit, at 50 % of the work; a container makes it instead.',
    ],
    [
      'above its memory',
      { usedMb: 900 },
      'The function that made 480p was stopped for want of memory, at 50 % of the work; a container makes it instead.',
    ],
  ])('%s goes to a container instead of dying the same way', async (_, fields, laneReason) => {
    await lostAttempt(fields);
    await run(mustNotMake);
    expect(await taskOf()).toMatchObject({
      state: 'pending',
      lane: 'batch',
      laneReason,
      attempt: 1,
      lease: null,
    });
    expect(world.doorbells).toEqual([bell('480p', 'batch')]);
  });

  it('for any other reason is made by a function again', async () => {
    await lostAttempt({});
    await run(makeText('480p'));
    expect(await taskOf()).toMatchObject({ state: 'succeeded', lane: 'lambda', attempt: 2 });
  });

  it('is moved once by two who find it, and rung for at least once', async () => {
    await lostAttempt({ left: 1000 });
    const task = await taskOf();
    const times = { leaseMs: LEASE, silenceMs: 2000 };
    const found = await Promise.all([1, 2].map(() => handOverLost(world.ports, 'job-1', task, times)));
    expect(found).toEqual([true, true]);
    expect(await taskOf()).toMatchObject({ lane: 'batch', attempt: 1, revision: task.revision + 1 });
    expect(world.doorbells).toEqual([bell('480p', 'batch'), bell('480p', 'batch')]);
    expect(world.log.filter(({ moved }) => moved === true)).toHaveLength(1);
  });

  it('stays with whoever has claimed it meanwhile', async () => {
    await lostAttempt({ left: 1000 });
    const stale = await taskOf();
    await lostAttempt({});
    world.clock.now -= 1;
    await handOverLost(world.ports, 'job-1', stale, { leaseMs: LEASE, silenceMs: 2000 });
    expect(await taskOf()).toMatchObject({ state: 'running', lane: 'lambda', attempt: 2 });
  });
});

describe('a task in the lane of containers', () => {
  beforeEach(async () => {
    await run(() => {
      world.clock.now += 3000;
      return Promise.reject(new MillraceError('limit.disk', 'No space.'));
    });
    world.doorbells.length = 0;
  });

  it('is rung for again when a doorbell of the old lane comes, whose worker may have died before it rang', async () => {
    await run(mustNotMake);
    expect(world.doorbells).toEqual([bell('480p', 'batch')]);
    expect(await taskOf()).toMatchObject({ state: 'pending', lane: 'batch', attempt: 1 });
  });

  it('is rung for by the sweep', async () => {
    world.clock.now += 60_000;
    await sweep(world.ports, LOOK);
    expect(world.doorbells).toContainEqual(bell('480p', 'batch'));
  });

  it('rings in its own lane for what waited for it', async () => {
    const now = world.clock.now;
    const claim = { jobId: 'job-1', task: '480p', worker: 'container' };
    const request = { ...claim, now, leaseMs: LEASE, deadline: null, memoryMb: 0 } as const;
    expect(await jobs.claim({ ...request, lane: 'lambda' })).toEqual({ kind: 'closed' });
    expect(await jobs.claim({ ...request, lane: 'batch' })).toMatchObject({
      kind: 'claimed',
      task: { attempt: 2 },
    });
    const usage = { ...NO_USAGE, vcpuSeconds: 40 };
    await jobs.settle({ ...claim, attempt: 2 }, { kind: 'succeeded', outputs: [], warnings: [], usage }, now);
    await advanceJob(world.ports, 'job-1', '480p');
    expect(world.doorbells).toEqual([bell('thumbnails')]);
    expect(await taskOf()).toMatchObject({
      state: 'succeeded',
      // The function's memory stays with the function's milliseconds.
      usage: { billedMs: 3000, memoryMb: 1000, vcpuSeconds: 40 },
    });
  });

  it('keeps what its function was billed for when its container dies in silence', async () => {
    const now = world.clock.now;
    const claim = { jobId: 'job-1', task: '480p', worker: 'container', memoryMb: 0 };
    const request = { ...claim, lane: 'batch', leaseMs: LEASE, deadline: null } as const;
    await jobs.claim({ ...request, now });
    const beat = { progress: 0.5, memory: null, vcpuSeconds: 50, now: now + 60_000, leaseMs: LEASE };
    expect(await jobs.heartbeat({ ...claim, attempt: 2 }, beat)).toBe(true);
    await jobs.claim({ ...request, now: now + 60_000 + LEASE });
    expect(await taskOf()).toMatchObject({
      attempt: 3,
      usage: { billedMs: 3000, memoryMb: 1000, vcpuSeconds: 50 },
    });
  });

  it('is given back as if the attempt had not been when its container is taken away', async () => {
    const now = world.clock.now;
    const claim = { jobId: 'job-1', task: '480p', worker: 'container' };
    await jobs.claim({ ...claim, lane: 'batch', now, leaseMs: LEASE, deadline: null, memoryMb: 0 });
    const usage = { ...NO_USAGE, vcpuSeconds: 40 };
    const ref = { ...claim, attempt: 2 };
    expect(await jobs.settle(ref, { kind: 'returned', usage }, now)).toBe(true);
    expect(await jobs.settle(ref, { kind: 'returned', usage }, now)).toBe(false);
    expect(await taskOf()).toMatchObject({
      state: 'pending',
      lane: 'batch',
      attempt: 1,
      lease: null,
      error: null,
      usage: { vcpuSeconds: 40 },
    });
  });
});

describe('a hand-over', () => {
  it.each(['the next delivery', 'the sweep'])('is completed by %s, wherever its worker died', async (by) => {
    let points = 0;
    for (let crashed = true; crashed; points += 1) {
      const id = `crash-${points}`;
      await plannedJob(id, TASKS.slice(0, 1));
      world.doorbells.length = 0;
      const point = crashAfter(points);
      const ports = {
        ...world.ports,
        jobs: createJobStore(point.wrap(dynalite.client), `jobs-${tables}`),
        tasks: point.wrap(world.ports.tasks),
      };
      const message = { ...bell('480p'), jobId: id };
      const make: Make = () => Promise.reject(new MillraceError('limit.disk', 'No space.'));
      await runTask(ports, message, make, worker({ heartbeatMs: 600_000 })).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      crashed = point.crashed();
      const rung = (lane: string) =>
        world.doorbells.filter((each) => each.jobId === id && each.lane === lane);
      for (let tries = 0; rung('batch').length === 0; tries += 1) {
        expect(tries, `crash after ${points} effects`).toBeLessThan(3);
        world.clock.now += 2 * LEASE;
        if (by === 'the sweep') await sweep(world.ports, LOOK);
        if (by === 'the next delivery' || rung('lambda').length > 0) {
          await runTask(world.ports, message, make, worker());
        }
      }
      expect(await taskOf('480p', id), `crash after ${points} effects`).toMatchObject({
        state: 'pending',
        lane: 'batch',
        lease: null,
      });
      expect(rung('batch')).toEqual([{ ...message, lane: 'batch' }]);
    }
    expect(points).toBeGreaterThan(4);
  });
});
