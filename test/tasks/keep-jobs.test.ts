import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { DELETE_AT } from '../../shared/adapters/dynamo/table.ts';
import { NO_USAGE } from '../../shared/core/job.ts';
import { dispatch } from '../../shared/tasks/dispatch.ts';
import { NOW } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { type PipelinePorts, pipelinePorts, SETTINGS } from '../helpers/pipeline-ports.ts';

const DAY = 24 * 3_600_000;
const KEEP_DAYS = 5;
/** Beyond which no queue brings an event again. */
const REDELIVERY_DAYS = 36;

let dynalite: Dynalite;
let jobs: JobStore;
let world: PipelinePorts;
let tables = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(() => start(KEEP_DAYS));
afterEach(() => world.close());

async function start(keepDays: number): Promise<void> {
  await world?.close();
  tables += 1;
  jobs = await dynalite.createStore(`keep-${tables}`, { keepDays, clock: () => world.clock.now });
  world = await pipelinePorts(jobs);
}

async function items(): Promise<Record<string, unknown>[]> {
  const { Items } = await dynalite.client.send(new ScanCommand({ TableName: `keep-${tables}` }));
  return Items ?? [];
}

/** Days from now on by the first part of the primary key and the sort key. */
async function lives(): Promise<Record<string, number | undefined>> {
  return Object.fromEntries(
    (await items()).map((item) => {
      const kind = String(item['pk']).split('#')[0];
      const sort = kind === 'KEY' ? '' : ` ${String(item['sk']).split('#')[0]}`;
      const at = item[DELETE_AT];
      return [`${kind}${sort}`, at === undefined ? undefined : (Number(at) * 1000 - NOW) / DAY];
    }),
  );
}

/** What the table does some time after an item's date. */
async function deleteOver(): Promise<void> {
  for (const { pk, sk, [DELETE_AT]: at } of await items()) {
    if (Number(at) * 1000 > world.clock.now) continue;
    await dynalite.client.send(new DeleteCommand({ TableName: `keep-${tables}`, Key: { pk, sk } }));
  }
}

const reserve = (key: string) =>
  jobs.reserve({
    bucket: 'uploads',
    key,
    jobId: `reserved-${key}`,
    size: 1,
    profileHash: SETTINGS.profileHash,
    lane: 'lambda',
    createdAt: new Date(NOW).toISOString(),
    expiresAt: NOW + DAY,
  });

it('dates every item of a job, and longer what tells its upload from others', async () => {
  await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4'));
  await reserve('reserved.mp4');
  expect(await lives()).toEqual({
    'JOB HEADER': KEEP_DAYS,
    'JOB TASK': KEEP_DAYS,
    KEY: KEEP_DAYS,
    'SOURCE CLAIM': KEEP_DAYS + REDELIVERY_DAYS,
    'SOURCE LATEST': KEEP_DAYS + REDELIVERY_DAYS,
    // A week after it ended.
    'SOURCE RESERVATION': 8,
  });
});

it('keeps the date through the life of a job', async () => {
  const notice = await world.upload('clip.mp4');
  await reserve('clip.mp4');
  await dispatch(world.ports, SETTINGS, notice);
  const dated = await lives();
  world.clock.now += 1000;
  const claim = { jobId: 'reserved-clip.mp4', task: '480p', worker: 'w' };
  const { now } = world.clock;
  await jobs.claim({ ...claim, lane: 'lambda', now, leaseMs: 1, deadline: null, memoryMb: 1 });
  await jobs.settle({ ...claim, attempt: 1 }, { kind: 'released', error: null, usage: NO_USAGE }, now);
  await jobs.close(claim.jobId, { state: 'canceled', error: null, manifest: null }, now);
  await jobs.markAnnounced(claim.jobId, now);
  expect((await jobs.read(claim.jobId))?.header.state).toBe('canceled');
  expect(await lives()).toEqual(dated);
});

it('dates a newer upload of a key anew', async () => {
  await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4'));
  world.clock.now += DAY;
  await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4', 'newer'));
  expect((await lives())['SOURCE LATEST']).toBe(1 + KEEP_DAYS + REDELIVERY_DAYS);
});

it('dates nothing but reservations where jobs are kept for ever', async () => {
  await start(0);
  await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4'));
  await reserve('reserved.mp4');
  const dated = Object.entries(await lives()).filter(([, days]) => days !== undefined);
  expect(dated).toEqual([['SOURCE RESERVATION', 8]]);
  world.clock.now += 10_000 * DAY;
  expect((await jobs.list({ limit: 9 })).jobs).toHaveLength(2);
});

it('shows a job until its date, and not after, though the table still has it', async () => {
  await dispatch(world.ports, SETTINGS, await world.upload('clip.mp4'));
  const [job] = (await jobs.list({ limit: 9 })).jobs;
  const id = job?.header.id ?? '';
  world.clock.now = NOW + KEEP_DAYS * DAY - 1;
  expect((await jobs.read(id))?.tasks).toHaveLength(4);
  world.clock.now += 1;
  expect(await jobs.read(id)).toBeUndefined();
  expect(await jobs.list({ limit: 9 })).toEqual({ jobs: [], cursor: null });
  expect(await jobs.list({ limit: 9, key: 'clip.mp4' })).toEqual({ jobs: [], cursor: null });
});

it.each([
  ['waits for its deletion', async () => undefined],
  ['is gone', deleteOver],
])('takes no event again whose job %s', async (_, afterwards) => {
  const older = await world.upload('clip.mp4', 'older');
  const notice = await world.upload('clip.mp4');
  await dispatch(world.ports, SETTINGS, notice);
  world.clock.now = NOW + (KEEP_DAYS + REDELIVERY_DAYS) * DAY - 1;
  await afterwards();
  const before = await items();
  world.doorbells.splice(0);
  await dispatch(world.ports, SETTINGS, notice);
  await dispatch(world.ports, SETTINGS, older);
  expect(world.doorbells).toEqual([]);
  expect(world.events).toEqual([]);
  expect(await items()).toEqual(before);
});
