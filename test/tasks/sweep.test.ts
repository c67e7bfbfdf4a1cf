import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { NO_USAGE, type Task } from '../../shared/core/job.ts';
import { dispatch } from '../../shared/tasks/dispatch.ts';
import { runTask } from '../../shared/tasks/run-task.ts';
import { type SweepResult, sweep } from '../../shared/tasks/sweep.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
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
const AFTER = 60_000;
const DAY = 24 * 3_600_000;
const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: AFTER };
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
});
afterEach(() => world.close());

const bell = (task: string) => ({ jobId: 'job-1', task, lane: 'lambda' }) as const;

async function published(tasks: readonly Task[] = TASKS): Promise<void> {
  const source = await world.upload('clip.mp4');
  await jobs.recordJob(header({ source }));
  const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
  await jobs.recordPlan('job-1', planned, tasks, world.clock.now);
  await jobs.markPublished('job-1');
}

function look(afterMs = 0): Promise<SweepResult> {
  world.clock.now += afterMs;
  return sweep(world.ports, LOOK);
}

async function claim(task: string, deadline: number | null = null): Promise<void> {
  const { now } = world.clock;
  const request = { jobId: 'job-1', task, lane: 'lambda', worker: 'dead', now, leaseMs: LEASE } as const;
  expect(await jobs.claim({ ...request, deadline, memoryMb: 1000 })).toMatchObject({ kind: 'claimed' });
}

describe('sweep', () => {
  it('leaves young work alone', async () => {
    await published();
    expect(await look(AFTER - 1)).toEqual(NOTHING);
    expect(world.doorbells).toEqual([]);
  });

  it('rings for tasks that nobody has taken, less and less often', async () => {
    await published();
    expect(await look(AFTER)).toEqual({ ...NOTHING, rung: 2 });
    expect(world.doorbells.splice(0)).toEqual([bell('480p'), bell('720p')]);
    const rung: number[] = [];
    for (let minute = 1; minute <= 32; minute += 1) {
      if ((await look(AFTER)).rung > 0) rung.push(minute);
    }
    expect(rung).toEqual([1, 3, 7, 15, 31]);
  });

  it('rings for a task whose worker fell silent, and for none that is at work', async () => {
    await published();
    await claim('480p');
    await claim('720p');
    await jobs.heartbeat(
      { jobId: 'job-1', task: '720p', worker: 'dead', attempt: 1 },
      { progress: 0.5, memory: null, now: world.clock.now + AFTER, leaseMs: LEASE },
    );
    expect(await look(LEASE + AFTER - 1)).toEqual(NOTHING);
    expect(await look(1)).toEqual({ ...NOTHING, rung: 1 });
    expect(world.doorbells).toEqual([bell('480p')]);
  });

  it('gives a task to a container whose function died at its time limit, even after the last attempt', async () => {
    await published(TASKS.slice(0, 1));
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await claim('480p', world.clock.now + (attempt === 4 ? 500 : 900_000));
      world.clock.now += LEASE;
    }
    expect(await look(AFTER)).toEqual({ ...NOTHING, rung: 1 });
    expect(world.doorbells.splice(0)).toEqual([{ ...bell('480p'), lane: 'batch' }]);
    expect((await jobs.read('job-1'))?.tasks).toMatchObject([
      {
        state: 'pending',
        lane: 'batch',
        laneReason:
          'The function that made 480p was stopped at its time limit, at 0 % of the work; a container makes it instead.',
        attempt: 3,
        lease: null,
      },
    ]);
    expect(await look(AFTER)).toEqual({ ...NOTHING, rung: 1 });
    expect(world.doorbells).toEqual([{ ...bell('480p'), lane: 'batch' }]);
  });

  it('rings for what waited for a task whose worker died before it could', async () => {
    await published();
    await claim('480p');
    const ref = { jobId: 'job-1', task: '480p', worker: 'dead', attempt: 1 };
    await claim('720p');
    world.clock.now += LEASE;
    await jobs.settle(
      ref,
      { kind: 'succeeded', outputs: [], warnings: [], usage: NO_USAGE },
      world.clock.now,
    );
    expect(await look(AFTER - 1)).toEqual(NOTHING);
    expect(await look(1)).toMatchObject({ rung: 2 });
    expect(world.doorbells.map((each) => each.task).toSorted()).toEqual(['720p', 'thumbnails']);
  });

  it('ends tasks whose attempts are spent, then their job, and tells of it', async () => {
    await published(TASKS.filter((task) => task.name !== 'thumbnails'));
    await runTask(world.ports, bell('720p'), makeText('720p'), host());
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await claim('480p');
      world.clock.now += LEASE;
    }
    expect(await look(AFTER)).toEqual({ ...NOTHING, failed: 1 });
    expect((await jobs.read('job-1'))?.header).toMatchObject({
      state: 'failed',
      error: { code: 'infrastructure', task: '480p' },
      manifest: { path: 'manifest.json' },
      announcedAt: expect.any(String),
    });
    expect(world.events.map((event) => event.id)).toEqual(['job-1:failed']);
    expect(await look(AFTER)).toEqual({ ...NOTHING, jobs: 0 });
  });

  it.each([
    ['two weeks', 14, undefined, '336 hours'],
    ['as long as leaves it an end before it is forgotten', 3, 4, '72 hours'],
  ])('ends a task that nobody has taken for %s', async (_, days, keepDays, waited) => {
    await published(TASKS.slice(0, 1));
    const look = keepDays === undefined ? LOOK : { ...LOOK, keepMs: keepDays * DAY };
    world.clock.now += days * DAY - 1;
    expect(await sweep(world.ports, look)).toMatchObject({ failed: 0, rung: 1 });
    world.clock.now += 1;
    expect(await sweep(world.ports, look)).toMatchObject({ failed: 1, rung: 0 });
    expect((await jobs.read('job-1'))?.header).toMatchObject({
      state: 'failed',
      error: { code: 'infrastructure', detail: `No worker took 480p for ${waited}.`, retryable: true },
    });
  });

  it('finalizes a job whose last committer died', async () => {
    await published(TASKS.slice(0, 1));
    await claim('480p');
    const ref = { jobId: 'job-1', task: '480p', worker: 'dead', attempt: 1 };
    const done = { kind: 'succeeded', outputs: [], warnings: [], usage: NO_USAGE } as const;
    await jobs.settle(ref, done, world.clock.now);
    expect(await look(AFTER - 1)).toEqual(NOTHING);
    expect(await look(1)).toEqual({ ...NOTHING, finalized: 1 });
    expect((await jobs.read('job-1'))?.header.state).toBe('completed');
    expect(world.events.map((event) => event.id)).toEqual(['job-1:completed']);
  });

  it('tells of a job that ended without anybody hearing of it', async () => {
    await published();
    await jobs.close('job-1', { state: 'canceled', error: null, manifest: null }, world.clock.now);
    expect(await look(AFTER)).toEqual({ ...NOTHING, announced: 1 });
    expect(world.events).toEqual([
      expect.objectContaining({ id: 'job-1:canceled', type: 'job.canceled', manifest: null }),
    ]);
  });

  it('gives dispatch what it has not finished, and what it has not begun', async () => {
    const recorded = await world.upload('recorded.mp4');
    await jobs.recordJob(header({ source: recorded }));
    const claimed = await world.upload('claimed.mp4');
    await jobs.claimSource(claimed, SETTINGS.profileHash, 'job-2', world.clock.now);
    expect(await look(AFTER - 1)).toEqual(NOTHING);
    expect(await look(2)).toEqual({ ...NOTHING, renotified: 2 });
    expect(world.notices).toEqual([claimed, recorded]);
  });

  it('cancels a reservation that nobody used, and tells of it', async () => {
    await jobs.reserve({
      bucket: 'uploads',
      key: 'reserved.mp4',
      jobId: 'job-1',
      size: 1,
      profileHash: 'p',
      lane: 'lambda',
      createdAt: new Date(world.clock.now).toISOString(),
      expiresAt: world.clock.now + AFTER,
    });
    expect(await look(AFTER)).toEqual({ ...NOTHING, jobs: 0 });
    expect(await look(1)).toMatchObject({ expired: 1 });
    expect(await look(AFTER)).toEqual({ ...NOTHING, announced: 1 });
    expect(world.events.map((event) => event.id)).toEqual(['job-1:canceled']);
  });

  it('ends what was claimed or recorded under settings that are no longer those of dispatch', async () => {
    const recorded = await world.upload('recorded.mp4');
    await jobs.recordJob(header({ source: recorded, profileHash: 'before' }));
    const claimed = await world.upload('claimed.mp4');
    await jobs.claimSource(claimed, 'before', 'job-2', world.clock.now);
    expect(await look(AFTER + 1)).toMatchObject({ renotified: 2 });
    for (const id of ['job-1', 'job-2']) {
      expect(await jobs.read(id)).toMatchObject({
        header: { state: 'failed', error: { code: 'infrastructure', retryable: true } },
        tasks: [],
      });
    }
    for (const notice of world.notices.splice(0)) await dispatch(world.ports, SETTINGS, notice);
    const { jobs: all } = await jobs.list({ limit: 9 });
    expect(all.map(({ header: { source, step } }) => [source.key, step]).toSorted()).toEqual([
      ['claimed.mp4', 'published'],
      ['claimed.mp4', 'recorded'],
      ['recorded.mp4', 'published'],
      ['recorded.mp4', 'recorded'],
    ]);
    expect(await look(AFTER)).toMatchObject({ renotified: 0, announced: 0 });
  });

  it('looks at everything though some of it cannot be read, and says so at the end', async () => {
    const table = `jobs-${tables}`;
    const reserve = (jobId: string) =>
      jobs.reserve({
        bucket: 'uploads',
        key: `${jobId}.mp4`,
        jobId,
        size: 1,
        profileHash: SETTINGS.profileHash,
        lane: 'lambda',
        createdAt: new Date(world.clock.now).toISOString(),
        expiresAt: world.clock.now,
      });
    for (const id of ['bad', 'good']) {
      await reserve(`reserved-${id}`);
      const claimed = await world.upload(`claimed-${id}.mp4`);
      await jobs.claimSource(claimed, SETTINGS.profileHash, `claimed-${id}`, world.clock.now);
      await jobs.recordJob(header({ id: `job-${id}`, source: await world.upload(`job-${id}.mp4`) }));
    }
    const { Items = [] } = await dynalite.client.send(new ScanCommand({ TableName: table }));
    for (const { pk, sk } of Items) {
      if (!/^(JOB#\w+-bad|SOURCE#uploads#claimed-bad.mp4)$/.test(pk) || sk === 'LATEST') continue;
      await dynalite.client.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk, sk },
          UpdateExpression: 'REMOVE profileHash',
        }),
      );
    }
    await expect(look(AFTER + 1)).rejects.toMatchObject({ errors: [{}, {}, {}] });
    expect((await jobs.read('reserved-good'))?.header.state).toBe('canceled');
    expect(world.notices.map(({ key }) => key)).toEqual(['claimed-good.mp4', 'job-good.mp4']);
  });

  it('looks at every job though one cannot be dealt with, and says so at the end', async () => {
    await jobs.recordJob(header({ source: await world.upload('one.mp4') }));
    await jobs.recordJob(header({ id: 'job-2', source: await world.upload('two.mp4') }));
    const notified: string[] = [];
    world.ports.uploads.notify = async ({ key }) => {
      if (key === 'one.mp4') throw new Error('no queue');
      notified.push(key);
    };
    await expect(look(AFTER)).rejects.toMatchObject({ errors: [new Error('no queue')] });
    expect(notified).toEqual(['two.mp4']);
  });
});
