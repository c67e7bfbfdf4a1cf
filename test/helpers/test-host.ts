import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { bundleEntries } from '../../infra/bundle.mjs';
import { type Broker, known, startBroker } from '../../infra/local/broker.ts';
import { createHost, type Host } from '../../infra/local/host/host.ts';
import type { EndedInvocation } from '../../infra/local/host/pool.ts';
import type { Act } from '../fixtures/functions/actor.ts';
import { nextEnded } from './next-event.ts';

export interface TestHostOptions {
  readonly fixture?: 'actor' | 'broken';
  readonly timeoutSeconds?: number;
  readonly memoryMb?: number;
  readonly concurrency?: number;
  readonly batchSize?: number;
  readonly visibilitySeconds?: number;
}

/** A host with one function behind one queue, which gives up on a message after two receives. */
export interface TestHost {
  readonly host: Host;
  readonly broker: Broker;
  /** Directory of bundles and logs, removed by `stop`. */
  readonly home: string;
  send(...acts: readonly Act['act'][]): Promise<void>;
  /** The next end of an invocation that fits. */
  ended(fits?: (ended: EndedInvocation) => boolean): Promise<EndedInvocation>;
  stop(): Promise<void>;
}

const BUILD = path.resolve('.build');

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { fixture = 'actor', visibilitySeconds = 60 } = options;
  await mkdir(BUILD, { recursive: true });
  const home = await mkdtemp(path.join(BUILD, 'test-host-'));
  await bundleEntries({
    outdir: home,
    entries: { runtime: 'infra/local/host/runtime.ts', [fixture]: `test/fixtures/functions/${fixture}.ts` },
  });
  const broker = await startBroker({
    queues: [
      { id: 'Work', name: 'work', visibilitySeconds, redrive: { deadLetters: 'Dead', maxReceiveCount: 2 } },
      { id: 'Dead', name: 'dead', visibilitySeconds, redrive: null },
    ],
    topics: [],
    subscriptions: [],
  });
  const queue = known(broker.queues, 'Work');
  const log = await open(path.join(home, 'function.log'), 'a');
  const host = createHost(
    [
      {
        spec: {
          name: fixture,
          bundle: path.join(home, `${fixture}.mjs`),
          memoryMb: options.memoryMb ?? 1024,
          timeoutSeconds: options.timeoutSeconds ?? 20,
          environment: { GREETING: 'hello' },
        },
        place: { runtime: path.join(home, 'runtime.mjs'), home, log: log.fd },
        queues: [
          {
            queueUrl: queue.url,
            queueArn: queue.arn,
            batchSize: options.batchSize ?? 1,
            concurrency: options.concurrency ?? 1,
            reportsFailures: true,
            // SQS counts whole seconds at the queue, fractions only here.
            visibilitySeconds,
          },
        ],
        prewarm: true,
      },
    ],
    broker.sqs,
    (error) => console.error(error),
  );
  const stop = async (): Promise<void> => {
    await host.stop();
    await broker.stop();
    await log.close();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await host.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    broker,
    home,
    stop,
    async send(...acts) {
      await broker.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: queue.url,
          Entries: acts.map((act, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify({ act }),
            MessageAttributes: { act: { DataType: 'String', StringValue: act } },
          })),
        }),
      );
    },
    ended: (fits = () => true) => nextEnded(host.events, fits),
  };
}
