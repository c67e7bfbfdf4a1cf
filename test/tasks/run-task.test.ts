import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobStore, type JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { Job, Task } from '../../shared/core/job.ts';
import type { Make, MakeContext } from '../../shared/core/ports/work.ts';
import { runTask } from '../../shared/tasks/run-task.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { host, makeText, type PipelinePorts, pipelinePorts } from '../helpers/pipeline-ports.ts';
import { sendTwice } from '../helpers/send-twice.ts';
import { textOf } from '../helpers/text-of.ts';

const LEASE = 120_000;

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
  const source = await world.upload('clip.mp4');
  await jobs.recordJob(header({ source }));
  await jobs.recordPlan(
    'job-1',
    { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' },
    TASKS,
    world.clock.now,
  );
  await jobs.markPublished('job-1');
});
afterEach(async () => {
  expect(await readdir(world.scratchRoot)).toEqual([]);
  await world.close();
});

const bell = (task: string) => ({ jobId: 'job-1', task, lane: 'lambda' }) as const;

function run(task: string, make: Make = makeText(task), at = host()): Promise<void> {
  return runTask(world.ports, bell(task), make, at);
}

async function readJob(): Promise<Job> {
  const job = await jobs.read('job-1');
  if (job === undefined) throw new Error('no job');
  return job;
}

async function taskOf(name: string): Promise<Task> {
  const found = (await readJob()).tasks.find((task) => task.name === name);
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
}

/** A promise and what resolves it. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when `condition` holds; looks again after every turn of the event loop. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

describe('runTask', () => {
  it('makes, commits and settles; then rings for what waited, and finalizes', async () => {
    let context: MakeContext | undefined;
    await run('480p', async (given) => {
      context = given;
      world.clock.now += 3000;
      return makeText('480p')(given);
    });
    const { source } = (await readJob()).header;
    expect(context).toMatchObject({ jobId: 'job-1', source, probe: PROBE, plan: PLAN, committed: [] });
    const output = {
      name: '480p',
      kind: 'rendition',
      path: '480p.mp4',
      contentType: 'video/mp4',
      bytes: 9,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      width: 2,
      height: 2,
      durationSeconds: 2,
      bitrate: 36,
      codecs: 'avc1.64001f',
    };
    expect(await taskOf('480p')).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      progress: 1,
      lease: null,
      outputs: [output],
      usage: { billedMs: 3000, memoryMb: 1000, vcpuSeconds: 0 },
    });
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBe('made 480p');
    expect(world.doorbells).toEqual([bell('thumbnails')]);
    expect(world.extensions[0]).toBe(168);
    expect((await readJob()).header.state).toBe('processing');

    await run('720p');
    expect(world.events).toEqual([]);
    await run('thumbnails', async (given) => {
      // Of the task it waited for, so that every attempt finds the same.
      expect(given.committed.map((each) => each.name)).toEqual(['480p']);
      return makeText('thumbnails')(given);
    });
    const { header: ended } = await readJob();
    expect(ended).toMatchObject({
      state: 'completed',
      error: null,
      manifest: { name: 'manifest', kind: 'manifest', path: 'manifest.json' },
      announcedAt: expect.any(String),
    });
    const manifest = await textOf(world.outputs, 'job-1/manifest.json');
    expect(ended.manifest?.bytes).toBe(manifest?.length);
    expect(JSON.parse(manifest ?? '')).toMatchObject({ jobId: 'job-1', state: 'completed' });
    expect(world.events).toEqual([
      expect.objectContaining({ id: 'job-1:completed', manifest: 'job-1/manifest.json', error: null }),
    ]);
  });

  it.each([
    ['of another lane', { ...bell('480p'), lane: 'batch' }],
    ['of another consumer', bell('thumbnails')],
    ['of an unknown job', { ...bell('480p'), jobId: 'nobody' }],
    ['of an unknown task', bell('2160p')],
  ] as const)('is done with a message %s', async (_, message) => {
    const before = await readJob();
    const make = () => Promise.reject(new Error('must not be made'));
    await runTask(world.ports, message, make, host({ taskNames: ['480p', '2160p'] }));
    expect(await readJob()).toEqual(before);
  });

  it('leaves a task alone that waits for another one', async () => {
    await run('thumbnails');
    expect(await taskOf('thumbnails')).toMatchObject({ state: 'pending', attempt: 0 });
  });

  it('is done with a message that meets a live lease, and shows progress and memory meanwhile', async () => {
    const { opened, open } = gate();
    const working = run('480p', async (context) => {
      context.onProgress(0.25);
      await opened;
      return makeText('480p')(context);
    });
    await until(async () => (await taskOf('480p')).progress === 0.25);
    const made: string[] = [];
    await run('480p', async (context) => {
      made.push('twice');
      return makeText('480p')(context);
    });
    expect(made).toEqual([]);
    expect((await taskOf('480p')).lease?.memory).toEqual({ usedMb: 100, limitMb: 1000 });
    open();
    await working;
    expect(await taskOf('480p')).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it('hides the message anew as the lease goes on, so that it comes back after the lease', async () => {
    const { opened, open } = gate();
    const working = run('480p', async (context) => {
      await opened;
      return makeText('480p')(context);
    });
    await until(async () => world.extensions.length === 1);
    world.clock.now += LEASE / 3;
    await until(async () => world.extensions.length === 2);
    open();
    await working;
    expect(world.extensions.slice(0, 2)).toEqual([168, 168]);
  });

  it('fails the task for good on a permanent error, and the job with it', async () => {
    await run('480p', () => Promise.reject(new MillraceError('input.corrupt', 'Not a frame.')));
    expect(await taskOf('480p')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'input.corrupt', detail: 'Not a frame.', task: '480p' },
    });
    expect(world.doorbells).toEqual([bell('thumbnails')]);
    await run('thumbnails');
    await run('720p');
    const job = await readJob();
    expect(job.header).toMatchObject({ state: 'failed', error: { code: 'input.corrupt', task: '480p' } });
    expect(JSON.parse((await textOf(world.outputs, 'job-1/manifest.json')) ?? '')).toMatchObject({
      state: 'failed',
      error: { code: 'input.corrupt' },
      outputs: [{ name: '720p' }, { name: 'thumbnails' }],
    });
    expect(world.events).toEqual([expect.objectContaining({ id: 'job-1:failed' })]);
  });

  it('gives the task back on a passing error, with a short backoff, until attempts are spent', async () => {
    for (const [attempt, seconds] of [
      [1, 2],
      [2, 4],
      [3, 8],
    ] as const) {
      await expect(run('480p', () => Promise.reject(new Error(`defect ${attempt}`)))).rejects.toThrow(
        `defect ${attempt}`,
      );
      expect(await taskOf('480p')).toMatchObject({
        state: 'pending',
        attempt,
        lease: null,
        error: { code: 'infrastructure', retryable: true },
      });
      expect(world.extensions.at(-1)).toBe(seconds);
    }
    await run('480p', () => Promise.reject(new Error('defect 4')));
    expect(await taskOf('480p')).toMatchObject({
      state: 'failed',
      attempt: 4,
      error: { code: 'infrastructure' },
    });
    expect(world.doorbells).toEqual([bell('thumbnails')]);
  });

  it('blames the source when it vanished under the work', async () => {
    await run('480p', async () => {
      await rm(join(world.scratchRoot, '..', 'uploads', 'clip.mp4'));
      throw new MillraceError('encode.failed', 'A consequence.');
    });
    expect(await taskOf('480p')).toMatchObject({ state: 'failed', error: { code: 'input.missing' } });
  });

  it('makes nothing of a source that was replaced under the work, though nobody noticed', async () => {
    await run('480p', async (context) => {
      await world.upload('clip.mp4', 'something else');
      return makeText('480p')(context);
    });
    expect(await taskOf('480p')).toMatchObject({ state: 'failed', error: { code: 'input.missing' } });
    expect(await world.outputs.head('job-1/480p.mp4')).toBeUndefined();
  });

  it('makes nothing of a source that could not be read in full, though the maker was content', async () => {
    const outage = new MillraceError('infrastructure', 'No store today.', { retryable: true });
    const ports: PipelinePorts['ports'] = {
      ...world.ports,
      openMedia: async (object) => ({
        ...(await world.ports.openMedia(object)),
        failure: async () => outage,
      }),
    };
    await expect(runTask(ports, bell('480p'), makeText('480p'), host())).rejects.toBe(outage);
    expect(await taskOf('480p')).toMatchObject({ state: 'pending', attempt: 1, outputs: [] });
    expect(await world.outputs.head('job-1/480p.mp4')).toBeUndefined();
  });

  it.each([
    ['claim', 1],
    ['settlement', 3],
  ])('works on when the answer to its %s was lost, and the client asked again', async (_, nth) => {
    const store = createJobStore(sendTwice(dynalite.client, nth), `jobs-${tables}`);
    const at = host({ heartbeatMs: 600_000 });
    await runTask({ ...world.ports, jobs: store }, bell('480p'), makeText('480p'), at);
    expect(await taskOf('480p')).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(world.doorbells).toEqual([bell('thumbnails')]);
  });

  it('wants its message again when the answer to its release was lost', async () => {
    const store = createJobStore(sendTwice(dynalite.client, 3), `jobs-${tables}`);
    const at = host({ heartbeatMs: 600_000 });
    const make = () => Promise.reject(new Error('defect'));
    await expect(runTask({ ...world.ports, jobs: store }, bell('480p'), make, at)).rejects.toThrow('defect');
    expect(await taskOf('480p')).toMatchObject({ state: 'pending', attempt: 1 });
  });

  it('stops work whose claim another attempt has taken, and changes nothing of it', async () => {
    const { opened, open } = gate();
    const stalled = {
      ...jobs,
      heartbeat: async (...beat: Parameters<JobStore['heartbeat']>) => {
        await opened;
        return jobs.heartbeat(...beat);
      },
    };
    const waitForAbort: Make = async ({ signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw signal.reason;
    };
    const slow = runTask({ ...world.ports, jobs: stalled }, bell('480p'), waitForAbort, host());
    await until(async () => (await taskOf('480p')).state === 'running');
    world.clock.now += LEASE;
    await run('480p', makeText('480p', 'newer'));
    const settled = await readJob();
    expect(settled.tasks[0]).toMatchObject({ state: 'succeeded', attempt: 2 });
    open();
    await slow;
    expect(await readJob()).toEqual(settled);
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBe('newer');
  });

  it('changes nothing when a late attempt finishes after a newer one, without having noticed', async () => {
    const { opened, open } = gate();
    const late = run(
      '480p',
      async (context) => {
        await opened;
        return makeText('480p', 'late')(context);
      },
      host({ heartbeatMs: 600_000 }),
    );
    await until(async () => (await taskOf('480p')).state === 'running');
    world.clock.now += LEASE;
    await run('480p', makeText('480p', 'newer'));
    const settled = await readJob();
    expect(settled.tasks[0]).toMatchObject({ state: 'succeeded', attempt: 2 });
    open();
    await late;
    expect(await readJob()).toEqual(settled);
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBe('newer');
  });

  it('stops work whose lease cannot be renewed, and wants its message again', async () => {
    let beats = 0;
    const unreachable = {
      ...jobs,
      heartbeat: async () => {
        beats += 1;
        if (beats === 3) world.clock.now += LEASE;
        throw new Error('no table today');
      },
    };
    const untilAbort: Make = async ({ signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw signal.reason;
    };
    await expect(
      runTask({ ...world.ports, jobs: unreachable }, bell('480p'), untilAbort, host()),
    ).rejects.toMatchObject({ name: 'ClaimLost', taken: false });
    expect(beats).toBe(3);
    await run('480p');
    expect(await taskOf('480p')).toMatchObject({ state: 'succeeded', attempt: 2 });
  });

  it('adopts what an attempt that died after its commit has left', async () => {
    const left = 'from the first attempt';
    await mkdir(join(world.scratchRoot, '..', 'outputs', 'job-1'), { recursive: true });
    await writeFile(join(world.scratchRoot, '..', 'outputs', 'job-1', '480p.mp4'), left);
    await run('480p');
    expect((await taskOf('480p')).outputs).toMatchObject([
      { bytes: left.length, bitrate: left.length * 4, sha256: expect.not.stringMatching('^$') },
    ]);
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBe(left);
  });

  it('ends a task whose attempts all died in silence', async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const now = world.clock.now;
      const request = {
        jobId: 'job-1',
        task: '480p',
        lane: 'lambda',
        worker: 'dead',
        now,
        leaseMs: LEASE,
      } as const;
      await jobs.claim({ ...request, deadline: now + 1000, memoryMb: 1000 });
      world.clock.now += LEASE;
    }
    await run('480p', () => Promise.reject(new Error('must not be made')));
    expect(await taskOf('480p')).toMatchObject({ state: 'failed', error: { code: 'limit.timeout' } });
    expect(world.doorbells).toEqual([bell('thumbnails')]);
  });
});

describe('the last commit of a job', () => {
  it('has one time, though dispatch notes only afterwards that it has published', async () => {
    const id = 'job-3';
    await jobs.recordJob(header({ id, source: await world.upload('quick.mp4') }));
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
    await jobs.recordPlan(id, planned, TASKS.slice(0, 1), world.clock.now);
    await runTask(world.ports, { ...bell('480p'), jobId: id }, makeText('480p'), host());
    const ended = await jobs.read(id);
    await jobs.markPublished(id);
    expect(ended?.header.state).toBe('completed');
    expect((await jobs.read(id))?.header).toEqual({ ...ended?.header, step: 'published' });
  });

  it('is raced by two without a second manifest, state or event id', async () => {
    const both = gate();
    const release = gate();
    let reading = 0;
    // Holds both after they have settled their own task, so that both then see that all have ended.
    const settling = {
      ...jobs,
      settle: async (...outcome: Parameters<JobStore['settle']>) => {
        const settled = await jobs.settle(...outcome);
        reading += 1;
        if (reading === 2) both.open();
        await release.opened;
        return settled;
      },
    };
    const ports = { ...world.ports, jobs: settling };
    const id = 'job-2';
    const tasks = TASKS.filter((task) => task.name === '480p' || task.name === '720p');
    await jobs.recordJob(header({ id, source: await world.upload('race.mp4') }));
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
    await jobs.recordPlan(id, planned, tasks, world.clock.now);
    const working = ['480p', '720p'].map((name) =>
      runTask(ports, { ...bell(name), jobId: id }, makeText(name), host()),
    );
    await both.opened;
    release.open();
    await Promise.all(working);
    const job = await jobs.read(id);
    const manifest = await textOf(world.outputs, `${id}/manifest.json`);
    expect(job?.header).toMatchObject({ state: 'completed', manifest: { bytes: manifest?.length } });
    expect(world.events.map((event) => event.id)).toEqual([`${id}:completed`]);
  });

  it('is completed by the next delivery, wherever its worker died', async () => {
    let points = 0;
    for (let crashed = true; crashed; points += 1) {
      const id = `crash-${points}`;
      const source = await world.upload(`${id}.mp4`);
      const [task] = TASKS;
      if (task === undefined) throw new Error('no task');
      await jobs.recordJob(header({ id, source }));
      await jobs.recordPlan(
        id,
        { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' },
        [task],
        world.clock.now,
      );
      const point = crashAfter(points);
      const store = createJobStore(point.wrap(dynalite.client), `jobs-${tables}`);
      const ports = {
        ...world.ports,
        jobs: store,
        outputs: point.wrap(world.outputs),
        events: point.wrap(world.ports.events),
      };
      const message = { ...bell('480p'), jobId: id };
      const at = host({ heartbeatMs: 600_000 });
      await runTask(ports, message, makeText('480p'), at).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      crashed = point.crashed();
      world.clock.now += LEASE;
      await runTask(world.ports, message, makeText('480p', 'a second make'), host());
      const job = await jobs.read(id);
      expect(job, `crash after ${points} effects`).toMatchObject({
        header: {
          state: 'completed',
          manifest: { path: 'manifest.json' },
          announcedAt: expect.any(String),
        },
        tasks: [{ state: 'succeeded', outputs: [{ path: '480p.mp4' }] }],
      });
      const stored = await textOf(world.outputs, `${id}/480p.mp4`);
      expect(job?.tasks[0]?.outputs[0]?.bytes).toBe(stored?.length);
      expect(new Set(world.events.splice(0).map((event) => event.id))).toEqual(new Set([`${id}:completed`]));
    }
    expect(points).toBeGreaterThan(10);
  });
});
