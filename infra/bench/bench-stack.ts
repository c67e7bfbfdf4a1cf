import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { JobEndedEvent } from '../../shared/core/messages.ts';
import { known } from '../local/broker.ts';
import { type Stack, startStack } from '../local/stack.ts';
import type { StackOptions } from '../local/stack-options.ts';
import { cpuSeconds, residentMb } from './cpu.ts';

/** An embedded stack on a temporary home, with its processes in view. */
export interface BenchStack {
  readonly stack: Stack;
  readonly home: string;
  /** CPU seconds of all its processes and their ended children so far. */
  cpu(): Promise<number>;
  /** Resident memory of its Node processes, MB. */
  resident(): Promise<number>;
  /** Process groups of the containers at work. */
  containers(): ReadonlySet<number>;
  /** Waits until no container is at work. */
  idle(): Promise<void>;
  /** Uploads a copy of a file and waits for the event that its job has ended well. */
  run(key: string, file: string): Promise<BenchRun>;
  stop(): Promise<void>;
}

export interface BenchRun {
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
  readonly completedAt: number;
}

export async function startBenchStack(options: Partial<StackOptions> = {}): Promise<BenchStack> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'));
  const stack = await startStack({ ...options, home });
  const ends = await listen(stack);
  const pids = (): number[] => [process.pid, ...stack.host.groups];
  return {
    stack,
    home,
    cpu: () => cpuSeconds(pids()),
    resident: () => residentMb(pids()),
    containers: () => stack.batch.groups(),
    async idle() {
      while (stack.batch.groups().size > 0) await once(stack.batch.events, 'ended');
    },
    async run(key, file) {
      await stack.uploads.acceptCopy(file, key);
      const uploadedAt = Date.now();
      for (;;) {
        const event = await ends.next();
        if (event?.source.key !== key) continue;
        if (event.type !== 'job.completed') throw new Error(`The job failed: ${JSON.stringify(event.error)}`);
        return { jobId: event.jobId, uploadedAt, completedAt: Date.now() };
      }
    },
    async stop() {
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Job events, as a program behind the service would take them; nobody asks the status API meanwhile. */
async function listen({ broker }: Stack): Promise<{ next(): Promise<JobEndedEvent | undefined> }> {
  const { sqs, sns } = broker;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench-events' }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn: known(broker.topics, 'EventsTopic'),
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return {
    async next() {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      const message = Messages?.[0];
      if (message?.Body === undefined) return undefined;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return JobEndedEvent.parse(JSON.parse(message.Body));
    },
  };
}
