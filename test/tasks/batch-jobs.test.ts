import { BatchClient } from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchJob } from '../../infra/local/batch/job.ts';
import { batchNames } from '../../infra/local/batch/names.ts';
import { createScheduler, type Scheduler } from '../../infra/local/batch/scheduler.ts';
import { type BatchServer, startBatchServer } from '../../infra/local/batch/server.ts';
import type { BatchDeclarations } from '../../infra/local/declarations/batch.ts';
import { createBatchSubmitter, createBatchWatch } from '../../shared/adapters/batch-jobs.ts';
import { TEST_AWS } from '../helpers/test-aws.ts';

const definition = (name: string): BatchDeclarations['jobDefinitions'][number] => ({
  id: name,
  name,
  vcpus: 1,
  memoryMb: 1024,
  timeoutSeconds: 60,
  retry: { attempts: 1, rules: [] },
  environment: {},
});
const DECLARED = {
  jobQueues: [
    { id: 'Spot', name: 'spot', priority: 1, isSpot: true },
    { id: 'OnDemand', name: 'on-demand', priority: 1, isSpot: false },
  ],
  jobDefinitions: [definition('gb-30'), definition('gb-100')],
};
const NAMES = batchNames(DECLARED);
const TARGETS = {
  queues: { spot: NAMES.jobQueues.get('Spot') ?? '', onDemand: 'on-demand' },
  definitions: [
    { scratchGb: 30, definition: NAMES.jobDefinitions.get('gb-30') ?? '' },
    { scratchGb: 100, definition: 'gb-100' },
  ],
};
const ASK = { jobId: 'job-1', queue: 'spot', scratchMb: 1000 } as const;

/** The SDK's client against the embedded Batch, whose containers end as a test says. */
let scheduler: Scheduler;
let server: BatchServer;
let client: BatchClient;
let exit: (code: number) => void;

beforeEach(async () => {
  scheduler = createScheduler({
    capacity: 8,
    stopMs: 0,
    reclaimMs: 0,
    clock: Date.now,
    start: () => {
      let stopReason: string | null = null;
      const ended = new Promise<number>((resolve) => {
        exit = resolve;
      }).then((exitCode) => ({ exitCode, reason: null, statusReason: stopReason ?? 'exited' }));
      return {
        pid: null,
        ended,
        stop(reason) {
          stopReason = reason;
          exit(143);
        },
        async kill() {
          exit(137);
        },
      };
    },
  });
  server = await startBatchServer(DECLARED, NAMES, scheduler);
  client = new BatchClient({ ...TEST_AWS, endpoint: server.endpoint, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await server.stop();
  await scheduler.stop();
});

const submit = (ask: Parameters<ReturnType<typeof createBatchSubmitter>['submit']>[0]) =>
  createBatchSubmitter(client, TARGETS).submit(ask);

/** Resolves with the job once it has ended. */
function ended(): Promise<BatchJob> {
  return new Promise((resolve) => {
    scheduler.events.on('changed', (job) => {
      if (job.state === 'FAILED' || job.state === 'SUCCEEDED') resolve(job);
    });
  });
}

describe('a submission', () => {
  it('names the job to whoever runs it and to whoever hears of it', async () => {
    const id = await submit(ASK);
    expect(scheduler.find(id)).toMatchObject({
      name: 'millrace-job-1',
      queue: { id: 'Spot' },
      parameters: { jobId: 'job-1' },
      environment: { JOB_ID: 'job-1' },
    });
  });

  it.each([
    ['spot', 1000, 'Spot', 'gb-30'],
    ['onDemand', 30_000, 'OnDemand', 'gb-30'],
    ['spot', 30_001, 'Spot', 'gb-100'],
    ['spot', 500_000, 'Spot', 'gb-100'],
    ['spot', null, 'Spot', 'gb-100'],
  ] as const)('goes to %s with %s MB of scratch space', async (queue, scratchMb, queueId, definitionId) => {
    const id = await submit({ ...ASK, queue, scratchMb });
    expect(scheduler.find(id)).toMatchObject({ queue: { id: queueId }, definition: { id: definitionId } });
  });

  it('fails where a definition is gone', async () => {
    const targets = { ...TARGETS, definitions: [{ scratchGb: 30, definition: 'gone' }] };
    await expect(createBatchSubmitter(client, targets).submit(ASK)).rejects.toThrow('gone does not exist');
    const none = createBatchSubmitter(client, { ...TARGETS, definitions: [] });
    await expect(none.submit(ASK)).rejects.toThrow('No job definition is known.');
  });
});

describe('a look', () => {
  it('tells what Batch knows, before, during and after', async () => {
    const release = scheduler.hold('Spot');
    const watch = createBatchWatch(client);
    const batchJobId = await submit(ASK);
    const status = { batchJobId, statusReason: null, exitCode: null, containerReason: null };
    expect(await watch.describe(batchJobId)).toEqual({ ...status, state: 'RUNNABLE' });
    release();
    expect(await watch.describe(batchJobId)).toEqual({ ...status, state: 'RUNNING' });
    const end = ended();
    exit(75);
    await end;
    expect(await watch.describe(batchJobId)).toEqual({
      ...status,
      state: 'FAILED',
      statusReason: 'exited',
      exitCode: 75,
    });
    await scheduler.forget(batchJobId);
    expect(await watch.describe(batchJobId)).toBeUndefined();
  });
});

describe('a termination', () => {
  it('ends one that waits and one that runs, and leaves alone what has ended', async () => {
    const release = scheduler.hold('Spot');
    const watch = createBatchWatch(client);
    const waiting = await submit(ASK);
    await watch.terminate(waiting, 'no host');
    expect(await watch.describe(waiting)).toMatchObject({ state: 'FAILED', statusReason: 'no host' });
    await watch.terminate(waiting, 'again');
    expect(await watch.describe(waiting)).toMatchObject({ statusReason: 'no host' });
    release();
    const running = await submit(ASK);
    const end = ended();
    await watch.terminate(running, 'enough');
    await end;
    expect(await watch.describe(running)).toMatchObject({ statusReason: 'enough', exitCode: 143 });
  });
});
