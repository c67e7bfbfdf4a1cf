import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBatchRuns } from '../../shared/adapters/dynamo/batch-runs.ts';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { createRetention } from '../../shared/adapters/dynamo/retention.ts';
import { type BatchRun, SUBMITTING_MS } from '../../shared/core/batch-run.ts';
import { header, NOW, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { sendTwice } from '../helpers/send-twice.ts';

const LEASE = 120_000;
const FIRST = { after: 0, queue: 'spot', spotLosses: 0, now: NOW } as const;
const FRESH: BatchRun = {
  jobId: 'job-1',
  generation: 1,
  state: 'submitting',
  queue: 'spot',
  batchJobId: null,
  rings: 0,
  spotLosses: 0,
  submittedAt: NOW,
  startedAt: null,
  lease: null,
};

let dynalite: Dynalite;
let jobs: JobStore;
let runs: JobStore['batchRuns'];
let leases: JobStore['batchLeases'];
let tables = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  tables += 1;
  jobs = await dynalite.createStore(`jobs-${tables}`);
  runs = jobs.batchRuns;
  leases = jobs.batchLeases;
});

const take = (batchJobId: string, attempt = 1, now = NOW) =>
  leases.take('job-1', { worker: `${batchJobId}#${attempt}`, batchJobId, now, leaseMs: LEASE });

describe('an election', () => {
  it('has one winner among many', async () => {
    const elected = await Promise.all(Array.from({ length: 20 }, () => runs.elect('job-1', FIRST)));
    expect(elected.filter((won) => won)).toHaveLength(1);
    expect(await runs.read('job-1')).toEqual(FRESH);
  });

  it('is not lost by the winner that did not hear so', async () => {
    const deaf = createBatchRuns(sendTwice(dynalite.client, 1), `jobs-${tables}`, createRetention(0));
    expect(await deaf.elect('job-1', FIRST)).toBe(true);
    expect(await runs.elect('job-1', FIRST)).toBe(false);
  });

  it('follows a submission that was left lying, not one under way', async () => {
    await runs.elect('job-1', FIRST);
    const next = { ...FIRST, after: 1 };
    expect(await runs.elect('job-1', { ...next, now: NOW + SUBMITTING_MS - 1 })).toBe(false);
    expect(await runs.elect('job-1', { ...next, now: NOW + SUBMITTING_MS })).toBe(true);
    expect(await runs.elect('job-1', { ...next, now: NOW + 2 * SUBMITTING_MS })).toBe(false);
    expect(await runs.recordSubmission('job-1', 1, 'late')).toBe(false);
    expect(await runs.recordSubmission('job-1', 2, 'batch-2')).toBe(true);
    const later = NOW + 10 * SUBMITTING_MS;
    expect(await runs.elect('job-1', { ...FIRST, after: 2, now: later })).toBe(false);
    expect(await runs.read('job-1')).toMatchObject({ generation: 2, state: 'submitted' });
  });

  it('follows an end, in the queue that the end noted, with nothing left of the run before', async () => {
    await runs.elect('job-1', FIRST);
    await runs.recordSubmission('job-1', 1, 'batch-1');
    await take('batch-1');
    await runs.ring('job-1');
    expect(await runs.end('job-1', 2, { queue: 'spot', spotLosses: 1 })).toBe(false);
    expect(await runs.end('job-1', 1, { queue: 'onDemand', spotLosses: 2 })).toBe(true);
    expect(await runs.end('job-1', 1, { queue: 'spot', spotLosses: 3 })).toBe(false);
    expect(await runs.read('job-1')).toEqual({
      ...FRESH,
      state: 'ended',
      queue: 'onDemand',
      spotLosses: 2,
      batchJobId: 'batch-1',
      startedAt: NOW,
      rings: 1,
    });
    expect(await runs.recordSubmission('job-1', 1, 'batch-1')).toBe(false);
    const again = { after: 1, queue: 'onDemand', spotLosses: 2, now: NOW + 5 } as const;
    expect(await runs.elect('job-1', again)).toBe(true);
    expect(await runs.read('job-1')).toEqual({
      ...FRESH,
      generation: 2,
      queue: 'onDemand',
      spotLosses: 2,
      submittedAt: NOW + 5,
    });
  });
});

describe('the lease of a container', () => {
  it('is held by one container at a time, and by the next attempt of the same one at once', async () => {
    await runs.elect('job-1', FIRST);
    expect(await take('batch-1')).toEqual({
      ...FRESH,
      state: 'submitted',
      batchJobId: 'batch-1',
      startedAt: NOW,
      lease: { worker: 'batch-1#1', expiresAt: NOW + LEASE },
    });
    expect(await take('batch-2', 1, NOW + LEASE - 1)).toBeUndefined();
    expect(await take('batch-1', 2, NOW + 1)).toMatchObject({
      startedAt: NOW,
      lease: { worker: 'batch-1#2', expiresAt: NOW + 1 + LEASE },
    });
    expect(await take('batch-2', 1, NOW + 1 + LEASE)).toMatchObject({ batchJobId: 'batch-2' });
  });

  it('is taken where nothing was recorded, and where the run has ended', async () => {
    expect(await take('batch-1')).toMatchObject({
      generation: 1,
      state: 'submitted',
      queue: 'spot',
      rings: 0,
    });
    await runs.end('job-1', 1, { queue: 'spot', spotLosses: 0 });
    expect(await take('batch-1', 1, NOW + 1)).toMatchObject({ generation: 1, state: 'submitted' });
    expect(await runs.ring('job-1')).toBe(true);
  });

  it('closes the run when every ring was heard', async () => {
    await runs.elect('job-1', FIRST);
    const run = await take('batch-1');
    expect(await runs.ring('job-1')).toBe(true);
    expect(await leases.close('job-1', 'batch-1#1', run?.rings ?? -1)).toBe(false);
    expect(await leases.close('job-1', 'batch-2#1', 1)).toBe(false);
    expect(await leases.close('job-1', 'batch-1#1', 1)).toBe(true);
    expect(await runs.ring('job-1')).toBe(false);
    expect(await runs.read('job-1')).toMatchObject({ state: 'ended', lease: null });
  });

  it('goes back without ending the run', async () => {
    await take('batch-1');
    await leases.release('job-1', 'batch-2#1');
    expect((await runs.read('job-1'))?.lease).not.toBeNull();
    await leases.release('job-1', 'batch-1#1');
    expect(await runs.read('job-1')).toMatchObject({ state: 'submitted', lease: null });
  });
});

it('neither counts as a task of its job nor outlives it', async () => {
  const keeping = await dynalite.createStore(`jobs-${tables}-kept`, { keepDays: 1, clock: () => NOW });
  await keeping.recordJob(header());
  const planned = { probe: PROBE, plan: PLAN, lane: 'batch', laneReason: '' } as const;
  await keeping.recordPlan('job-1', planned, TASKS, NOW);
  const before = await keeping.read('job-1');
  await keeping.batchRuns.elect('job-1', FIRST);
  expect(await keeping.read('job-1')).toEqual(before);
  const key = { TableName: `jobs-${tables}-kept`, Key: { pk: 'JOB#job-1', sk: 'BATCH' } };
  const { Item } = await dynalite.client.send(new GetCommand(key));
  expect(Item).toMatchObject({ deleteAt: NOW / 1000 + 24 * 3600 });
  expect(await keeping.batchRuns.read('nobody')).toBeUndefined();
  expect(await keeping.batchRuns.ring('nobody')).toBe(false);
});
