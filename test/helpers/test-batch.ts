import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { BatchClient, DescribeJobsCommand, type JobDetail, SubmitJobCommand } from '@aws-sdk/client-batch';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { bundleEntries } from '../../infra/bundle.mjs';
import { type Batch, startBatch } from '../../infra/local/batch/batch.ts';
import { hasEnded } from '../../infra/local/batch/job.ts';
import { known, startBroker } from '../../infra/local/broker.ts';
import { localClientOptions } from '../../infra/local/client-options.ts';

export interface TestBatchOptions {
  readonly timeoutSeconds?: number;
  readonly memoryMb?: number;
  readonly stopSeconds?: number;
  readonly reclaimSeconds?: number;
}

/** The embedded Batch with a Spot queue and one on demand, and a container that acts as it is told. */
export interface TestBatch {
  readonly batch: Batch;
  readonly client: BatchClient;
  readonly home: string;
  /** Submits a job to the queue `spot` or `on-demand`; its id. */
  submit(act: string, queue?: string): Promise<string>;
  describe(id: string): Promise<JobDetail | undefined>;
  /** Waits until a job has ended; what Batch says of it. */
  ended(id: string): Promise<JobDetail | undefined>;
  /** Waits until a container works on a job; its process group. */
  started(id: string): Promise<number>;
  /** State-change events that were delivered so far: ids and states. */
  told(count: number): Promise<readonly (readonly [string, string])[]>;
  stop(): Promise<void>;
}

const BUILD = path.resolve('.build');

const Told = z.object({
  source: z.literal('aws.batch'),
  'detail-type': z.literal('Batch Job State Change'),
  detail: z.looseObject({ jobId: z.string(), status: z.string() }),
});

export async function startTestBatch(options: TestBatchOptions = {}): Promise<TestBatch> {
  await mkdir(BUILD, { recursive: true });
  const home = await mkdtemp(path.join(BUILD, 'test-batch-'));
  await bundleEntries({
    outdir: home,
    entries: { runtime: 'infra/local/batch/runtime.ts', container: 'test/fixtures/batch/container.ts' },
  });
  const broker = await startBroker({
    queues: [{ id: 'Told', name: 'told', visibilitySeconds: 60, redrive: null }],
    topics: [],
    subscriptions: [],
  });
  const log = await open(path.join(home, 'container.log'), 'a');
  const batch = await startBatch({
    declared: {
      jobQueues: [
        { id: 'Spot', name: 'spot', priority: 1, isSpot: true },
        { id: 'OnDemand', name: 'on-demand', priority: 10, isSpot: false },
      ],
      jobDefinitions: [
        {
          id: 'Worker',
          name: 'worker',
          // One job at a time, whatever the machine.
          vcpus: 1000,
          memoryMb: options.memoryMb ?? 1024,
          timeoutSeconds: options.timeoutSeconds ?? 60,
          retry: {
            attempts: 3,
            rules: [
              { onStatusReason: 'Your Spot Task was interrupted*', action: 'EXIT' },
              { onExitCode: '75', action: 'RETRY' },
              { onExitCode: '137', action: 'RETRY' },
              { onReason: '*', action: 'EXIT' },
            ],
          },
          environment: { GREETING: 'hello' },
        },
      ],
      eventRules: [
        {
          id: 'Rule',
          pattern: {
            source: ['aws.batch'],
            detail: { jobQueue: [{ kind: 'ref', resource: 'Spot' }], status: ['FAILED', 'SUCCEEDED'] },
          },
          queues: ['Told'],
        },
      ],
    },
    place: {
      runtime: path.join(home, 'runtime.mjs'),
      worker: path.join(home, 'container.mjs'),
      home,
      log: log.fd,
    },
    broker,
    environmentOf: ({ environment }) => ({ GREETING: String(environment['GREETING']) }),
    stopSeconds: options.stopSeconds ?? 10,
    reclaimSeconds: options.reclaimSeconds ?? 10,
    onError: (error) => console.error(error),
  });
  const client = new BatchClient(localClientOptions(batch.addresses.endpoint));
  const groups = new Map<string, number>();
  batch.events.on('started', ({ job, pid }) => groups.set(job.id, pid));
  batch.events.on('ended', ({ job }) => groups.delete(job.id));
  const received: (readonly [string, string])[] = [];

  const describe = async (id: string): Promise<JobDetail | undefined> =>
    (await client.send(new DescribeJobsCommand({ jobs: [id] }))).jobs?.[0];

  return {
    batch,
    client,
    home,
    describe,
    async submit(act, jobQueue = 'spot') {
      const { jobId } = await client.send(
        new SubmitJobCommand({
          jobName: 'test',
          jobQueue,
          jobDefinition: known(batch.addresses.jobDefinitions, 'Worker'),
          parameters: { jobId: 'j' },
          containerOverrides: { environment: [{ name: 'ACT', value: act }] },
        }),
      );
      return jobId ?? '';
    },
    async ended(id) {
      for (;;) {
        const job = batch.find(id);
        if (job === undefined) throw new Error(`There is no job ${id}.`);
        if (hasEnded(job)) return describe(id);
        await once(batch.events, 'changed');
      }
    },
    async started(id) {
      for (;;) {
        const pid = groups.get(id);
        if (pid !== undefined) return pid;
        await once(batch.events, 'started');
      }
    },
    async told(count) {
      const QueueUrl = known(broker.queues, 'Told').url;
      for (;;) {
        const { Messages = [] } = await broker.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: received.length < count ? 1 : 0 }),
        );
        for (const { Body = '', ReceiptHandle } of Messages) {
          const { detail } = Told.parse(JSON.parse(Body));
          received.push([detail.jobId, detail.status]);
          await broker.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
        if (received.length >= count && Messages.length === 0) return [...received];
      }
    },
    async stop() {
      client.destroy();
      await batch.stop();
      await broker.stop();
      await log.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
