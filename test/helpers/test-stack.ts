import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { known } from '../../infra/local/broker.ts';
import type { EndedInvocation } from '../../infra/local/host/pool.ts';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import type { StackOptions } from '../../infra/local/stack-options.ts';
import { JobDocument } from '../../shared/core/document-schema.ts';
import { isTerminalJob } from '../../shared/core/job.ts';
import { JobEndedEvent } from '../../shared/core/messages.ts';
import { nextEnded } from './next-event.ts';
import { temporaryHome } from './temporary-home.ts';

/** The embedded stack on a temporary home, with what tests ask of it. */
export interface TestStack {
  readonly stack: Stack;
  readonly home: string;
  /** Puts bytes into the uploads bucket; answers once the object is announced. */
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  putFile(key: string, file: string): Promise<void>;
  /** Waits for the newest job of a key. */
  jobOf(key: string): Promise<JobDocument>;
  /** Every job of a key. */
  jobsOf(key: string): Promise<JobDocument[]>;
  /** Waits until the job has ended. */
  ended(jobId: string): Promise<JobDocument>;
  /** Waits until no queue holds a message, no function runs and no container works. */
  quiet(): Promise<void>;
  /** Messages in all queues but the one of {@link TestStack.events}, waiting or in hand. */
  queued(): Promise<number>;
  /** The next invocation of a function that ends, from now. */
  nextEnd(fits: (ended: EndedInvocation) => boolean): Promise<EndedInvocation>;
  /** Job events received so far; waits until there are `count`. */
  events(count: number): Promise<JobEndedEvent[]>;
  /** What is left in scratch beyond the empty directory of each living environment. */
  scratchFiles(): Promise<string[]>;
  /** Names of a job's outputs on disk. */
  outputFiles(jobId: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startTestStack(
  options: Partial<StackOptions> & { readonly keepHome?: boolean } = {},
): Promise<TestStack> {
  const temporary = options.home === undefined ? await temporaryHome() : null;
  const home = options.home ?? temporary?.path ?? '';
  const stack = await startStack({ sweepSeconds: 3600, ...options, home });
  const { batch, broker, host, url } = stack;
  const queues = [...broker.queues.values()];
  const received: JobEndedEvent[] = [];
  const eventsQueue = await subscribe(stack);

  const get = async (pathAndQuery: string): Promise<unknown> => {
    const response = await fetch(`${url}${pathAndQuery}`);
    if (!response.ok) throw new Error(`GET ${pathAndQuery} answered ${response.status}`);
    return response.json();
  };

  const jobsOf = async (key: string): Promise<JobDocument[]> => {
    const page = await get(`/v1/jobs?limit=100&key=${encodeURIComponent(key)}`);
    return JobDocument.array().parse((page as { jobs: unknown }).jobs);
  };

  const queued = async (): Promise<number> => {
    const counts = await Promise.all(
      queues.map(async (queue) => {
        const { Attributes } = await broker.sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: queue.url,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
          }),
        );
        return (
          Number(Attributes?.ApproximateNumberOfMessages) +
          Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
        );
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  /** Something happened in the host, or a short while passed in which only the broker was at work. */
  const stir = async (): Promise<void> => {
    const signal = AbortSignal.timeout(100);
    await once(host.events, 'ended', { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  };

  return {
    stack,
    home,
    queued,
    jobsOf,
    async put(key, bytes) {
      const file = await stack.uploads.temporary();
      await writeFile(file, bytes);
      await stack.uploads.accept(file, key);
    },
    async putFile(key, file) {
      await stack.uploads.acceptCopy(file, key);
    },
    async jobOf(key) {
      for (;;) {
        const [job] = await jobsOf(key);
        if (job !== undefined) return job;
        await stir();
      }
    },
    async ended(jobId) {
      for (;;) {
        const job = JobDocument.parse(await get(`/v1/jobs/${jobId}?wait=20`));
        if (isTerminalJob(job.state)) return job;
      }
    },
    async quiet() {
      while (batch.groups().size > 0 || (await queued()) > 0) await stir();
    },
    nextEnd: (fits) => nextEnded(host.events, fits),
    async events(count) {
      for (;;) {
        const { Messages = [] } = await broker.sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: eventsQueue,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: received.length < count ? 1 : 0,
          }),
        );
        for (const message of Messages) {
          received.push(JobEndedEvent.parse(JSON.parse(message.Body ?? '')));
          await broker.sqs.send(
            new DeleteMessageCommand({ QueueUrl: eventsQueue, ReceiptHandle: message.ReceiptHandle }),
          );
        }
        if (received.length >= count && Messages.length === 0) return [...received];
      }
    },
    async scratchFiles() {
      const names = await readdir(stack.home.scratch, { recursive: true });
      const inside = names.filter((name) => name.includes(path.sep));
      // Each environment and each container has one directory of its own for as long as it lives.
      return names.length - inside.length > host.groups.size + batch.groups().size ? names : inside;
    },
    outputFiles: async (jobId) => {
      const directory = path.join(stack.home.bucket(known(stack.buckets, 'OutputsBucket')), jobId);
      const names = await readdir(directory, { recursive: true }).catch(() => []);
      return names.filter((name) => !names.some((other) => other.startsWith(name + path.sep))).sort();
    },
    async stop() {
      await stack.stop();
      if (options.keepHome !== true) await temporary?.remove();
    },
  };
}

async function subscribe({ broker }: Stack): Promise<string> {
  const { QueueUrl } = await broker.sqs.send(new CreateQueueCommand({ QueueName: 'test-events' }));
  const { Attributes } = await broker.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  if (QueueUrl === undefined) throw new Error('The broker made no queue.');
  await broker.sns.send(
    new SubscribeCommand({
      TopicArn: known(broker.topics, 'EventsTopic'),
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return QueueUrl;
}
