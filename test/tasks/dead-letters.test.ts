import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { Job } from '../../shared/core/job.ts';
import type { TaskMessage } from '../../shared/core/messages.ts';
import { deadTask, deadUpload } from '../../shared/tasks/dead-letters.ts';
import { dispatch } from '../../shared/tasks/dispatch.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { type PipelinePorts, pipelinePorts, SETTINGS } from '../helpers/pipeline-ports.ts';

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
});
afterEach(() => world.close());

async function readJob(id = 'job-1'): Promise<Job> {
  const job = await jobs.read(id);
  if (job === undefined) throw new Error('no job');
  return job;
}

describe('a dead doorbell', () => {
  const bell: TaskMessage = { jobId: 'job-1', task: '480p', lane: 'lambda' };

  beforeEach(async () => {
    await jobs.recordJob(header({ source: await world.upload('clip.mp4') }));
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
    await jobs.recordPlan('job-1', planned, TASKS.slice(0, 1), world.clock.now);
  });

  const dead = (message: TaskMessage) =>
    deadTask(world.ports, { leaseMs: LEASE, silenceMs: 2000, chunkWindow: 2, chunkSilenceMs: 2000 }, message);

  async function claim(deadline: number | null = null): Promise<void> {
    const { now } = world.clock;
    await jobs.claim({ ...bell, worker: 'w', now, leaseMs: LEASE, deadline, memoryMb: 1 });
  }

  it('is rung again while attempts are left, and counts how often', async () => {
    await dead(bell);
    await dead({ ...bell, round: 1 });
    await claim();
    world.clock.now += LEASE;
    await dead({ ...bell, round: 2 });
    expect(world.doorbells).toEqual([1, 2, 3].map((round) => ({ ...bell, round })));
    expect((await readJob()).tasks).toMatchObject([{ state: 'running', attempt: 1 }]);
  });

  it('is rung again in the lane where its task is now', async () => {
    await dead({ ...bell, lane: 'batch' });
    expect(world.doorbells).toEqual([{ ...bell, round: 1 }]);
  });

  it('is rung again while a lease lives, whatever the counts say', async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      if (attempt > 1) world.clock.now += LEASE;
      await claim();
    }
    await dead({ ...bell, round: 3 });
    expect((await readJob()).tasks).toMatchObject([{ state: 'running', attempt: 4 }]);
    expect(world.doorbells).toHaveLength(1);
  });

  it('fails its task when attempts are spent and no lease lives, and the job with it', async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await claim();
      world.clock.now += LEASE;
    }
    await dead(bell);
    expect(await readJob()).toMatchObject({
      header: { state: 'failed', error: { code: 'infrastructure', task: '480p' } },
      tasks: [{ state: 'failed' }],
    });
    expect(world.doorbells).toEqual([]);
    expect(world.events.map((event) => event.id)).toEqual(['job-1:failed']);
  });

  it('gives its task to a container when the function died at its time limit', async () => {
    await claim(world.clock.now + 1000);
    world.clock.now += LEASE;
    await dead({ ...bell, round: 3 });
    expect((await readJob()).tasks).toMatchObject([{ state: 'pending', lane: 'batch', attempt: 1 }]);
    expect(world.doorbells).toEqual([{ ...bell, lane: 'batch' }]);
  });

  it('fails a task that no worker could take in three rounds', async () => {
    await dead({ ...bell, round: 3 });
    expect((await readJob()).header).toMatchObject({
      state: 'failed',
      error: { code: 'infrastructure', retryable: true },
    });
  });

  it('moves on the job of a task that has ended', async () => {
    await claim();
    const usage = { billedMs: 0, memoryMb: 0, vcpuSeconds: 0 };
    const outcome = { kind: 'succeeded', outputs: [], warnings: [], usage } as const;
    await jobs.settle({ ...bell, worker: 'w', attempt: 1 }, outcome, world.clock.now);
    await dead(bell);
    expect((await readJob()).header.state).toBe('completed');
  });

  it.each([
    ['an unknown job', { ...bell, jobId: 'nobody' }],
    ['an unknown task', { ...bell, task: '2160p' }],
  ])('is done with for %s', async (_, message) => {
    await dead(message);
    expect(world.doorbells).toEqual([]);
    expect(world.log.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('a dead upload', () => {
  it('ends as a failed job, recorded first when it was not', async () => {
    const notice = await world.upload('clip.mp4');
    await deadUpload(world.ports, SETTINGS, notice);
    const { jobs: found } = await jobs.list({ limit: 10 });
    expect(found).toMatchObject([
      {
        header: { state: 'failed', source: notice, error: { code: 'infrastructure', retryable: true } },
        tasks: [],
      },
    ]);
    const id = found[0]?.header.id;
    expect(world.events.map((event) => event.id)).toEqual([`${id}:failed`]);
    await deadUpload(world.ports, SETTINGS, notice);
    expect(world.events).toHaveLength(1);
  });

  it('changes nothing for a job that dispatch has published', async () => {
    const notice = await world.upload('clip.mp4');
    await dispatch(world.ports, SETTINGS, notice);
    const before = await jobs.list({ limit: 10 });
    await deadUpload(world.ports, SETTINGS, notice);
    expect(await jobs.list({ limit: 10 })).toEqual(before);
  });

  it('publishes a job that was planned', async () => {
    const notice = await world.upload('clip.mp4');
    const decision = await jobs.claimSource(notice, SETTINGS.profileHash, 'job-1', world.clock.now);
    expect(decision).toEqual({ kind: 'job', jobId: 'job-1', isRecorded: false });
    await jobs.recordJob(header({ source: notice }));
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
    await jobs.recordPlan('job-1', planned, TASKS, world.clock.now);
    await deadUpload(world.ports, SETTINGS, notice);
    expect((await readJob()).header).toMatchObject({ state: 'queued', step: 'published' });
    expect(world.doorbells.map((each) => each.task)).toEqual(['480p', '720p']);
  });

  it('is nothing when a newer upload has taken its place', async () => {
    const older = await world.upload('clip.mp4');
    await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4', 'newer'));
    await deadUpload(world.ports, SETTINGS, older);
    expect((await jobs.list({ limit: 10 })).jobs).toHaveLength(1);
    expect(world.events).toEqual([]);
  });
});
