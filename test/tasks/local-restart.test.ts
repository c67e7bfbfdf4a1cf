import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetRings } from '../../infra/local/forget-rings.ts';
import { forgetRuns } from '../../infra/local/forget-runs.ts';
import { giveBackAttempts } from '../../infra/local/give-back-attempts.ts';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { ClaimRequest } from '../../shared/core/ports/task-ledger.ts';
import { header, NOTICE, NOW, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';

const LEASE = 10_000;
const TABLE = 'jobs';

let dynalite: Dynalite;
let store: JobStore;

beforeAll(async () => {
  dynalite = await startDynalite();
  store = await dynalite.createStore(TABLE);
});
afterAll(() => dynalite.stop());

async function plannedJob(id: string): Promise<string> {
  await store.recordJob(header({ id, source: { ...NOTICE, key: `${id}.mp4` } }));
  const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: 'Short.' } as const;
  await store.recordPlan(id, planned, TASKS, NOW);
  return id;
}

async function taskOf(jobId: string, name: string) {
  const job = await store.read(jobId);
  return job?.tasks.find((task) => task.name === name) ?? expect.fail(`There is no task ${name}.`);
}

function claimOf(jobId: string, task: string, now = NOW): ClaimRequest {
  return { jobId, task, lane: 'lambda', worker: 'a', now, leaseMs: LEASE, deadline: null, memoryMb: 512 };
}

test('a task in hand is free again and its attempt does not count; its use does', async () => {
  const jobId = await plannedJob('stopped');
  await store.claim(claimOf(jobId, '480p'));
  const worker = { jobId, task: '480p', worker: 'a', attempt: 1 };
  const beat = { progress: 0.5, memory: null, now: NOW + 700, leaseMs: LEASE };
  expect(await store.heartbeat(worker, beat)).toBe(true);
  const [held, untouched] = [await taskOf(jobId, '480p'), await taskOf(jobId, '720p')];

  const stop = NOW + 900;
  await giveBackAttempts(dynalite.client, TABLE, store, stop);

  expect(await taskOf(jobId, '480p')).toEqual({
    ...held,
    state: 'pending',
    attempt: 0,
    lease: null,
    usage: { billedMs: 700, memoryMb: 512, vcpuSeconds: 0 },
    updatedAt: new Date(stop).toISOString(),
    revision: held.revision + 1,
  });
  expect(await taskOf(jobId, '720p')).toEqual(untouched);
  expect(await store.heartbeat(worker, beat)).toBe(false);
  expect(await store.claim(claimOf(jobId, '480p', stop))).toMatchObject({
    kind: 'claimed',
    task: { attempt: 1 },
  });
});

test('an attempt whose worker fell silent before counts', async () => {
  const jobId = await plannedJob('silent');
  await store.claim(claimOf(jobId, '480p'));
  const silent = await taskOf(jobId, '480p');
  await giveBackAttempts(dynalite.client, TABLE, store, NOW + LEASE);
  expect(await taskOf(jobId, '480p')).toEqual(silent);
});

test('what was rung for is due again once the queues are new', async () => {
  const jobId = await plannedJob('rung');
  const isDue = (task: string) => store.ringDue(jobId, task, NOW, 60_000);
  expect(await isDue('480p')).toBe(true);
  expect(await isDue('480p')).toBe(false);
  await forgetRings(dynalite.client, TABLE, store);
  expect(await isDue('480p')).toBe(true);
  expect(await isDue('720p')).toBe(true);
});

test('the containers of the stack before are forgotten, and what was asked for them', async () => {
  const jobId = await plannedJob('contained');
  const elect = () => store.batchRuns.elect(jobId, { after: 0, queue: 'spot', spotLosses: 0, now: NOW });
  expect(await elect()).toBe(true);
  await store.batchLeases.take(jobId, { worker: 'b#1', batchJobId: 'b', now: NOW, leaseMs: LEASE });
  expect(await elect()).toBe(false);
  await forgetRuns(dynalite.client, TABLE, store);
  expect(await store.batchRuns.read(jobId)).toBeUndefined();
  expect(await elect()).toBe(true);
});
