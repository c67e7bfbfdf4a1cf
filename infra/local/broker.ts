import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { localClientOptions } from './client-options.ts';
import type { QueueDeclaration, ResourceDeclarations } from './declarations/resources.ts';

export interface QueueAddress {
  readonly url: string;
  readonly arn: string;
}

/** SNS and SQS in memory, listening on loopback only. */
export interface Broker {
  readonly endpoint: string;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  /** By logical id. */
  readonly queues: ReadonlyMap<string, QueueAddress>;
  /** Logical id to ARN. */
  readonly topics: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** Starts the broker with the declared queues, topics and subscriptions. */
export async function startBroker(
  declared: Pick<ResourceDeclarations, 'queues' | 'topics' | 'subscriptions'>,
): Promise<Broker> {
  const server = buildApp({ logger: false });
  const endpoint = await server.listen({ port: 0, host: '127.0.0.1' });
  const sqs = new SQSClient(localClientOptions(endpoint));
  const sns = new SNSClient(localClientOptions(endpoint));
  const stop = async (): Promise<void> => {
    sqs.destroy();
    sns.destroy();
    await server.close();
  };
  try {
    const [queues, topics] = await Promise.all([
      createQueues(sqs, declared.queues),
      createTopics(sns, declared),
    ]);
    await Promise.all(
      declared.subscriptions.map((subscription) =>
        sns.send(
          new SubscribeCommand({
            TopicArn: known(topics, subscription.topic),
            Protocol: 'sqs',
            Endpoint: known(queues, subscription.queue).arn,
            Attributes: {
              RawMessageDelivery: String(subscription.rawDelivery),
              ...(subscription.filterPolicy === null
                ? {}
                : { FilterPolicy: JSON.stringify(subscription.filterPolicy) }),
            },
          }),
        ),
      ),
    );
    return { endpoint, sqs, sns, queues, topics, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createTopics(
  sns: SNSClient,
  { topics }: Pick<ResourceDeclarations, 'topics'>,
): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all(
      topics.map(async ({ id, name }): Promise<[string, string]> => {
        const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
        if (TopicArn === undefined) throw new Error(`The broker made no topic ${name}.`);
        return [id, TopicArn];
      }),
    ),
  );
}

/** Dead-letter queues first: the others name them. */
async function createQueues(
  sqs: SQSClient,
  declared: readonly QueueDeclaration[],
): Promise<ReadonlyMap<string, QueueAddress>> {
  const made = new Map<string, QueueAddress>();
  const make = async (queue: QueueDeclaration): Promise<void> => {
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: queue.name, Attributes: queueAttributes(queue, made) }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    if (QueueUrl === undefined || Attributes?.QueueArn === undefined) {
      throw new Error(`The broker made no queue ${queue.name}.`);
    }
    made.set(queue.id, { url: QueueUrl, arn: Attributes.QueueArn });
  };
  await Promise.all(declared.filter((queue) => queue.redrive === null).map(make));
  await Promise.all(declared.filter((queue) => queue.redrive !== null).map(make));
  return made;
}

function queueAttributes(
  { visibilitySeconds, redrive }: QueueDeclaration,
  made: ReadonlyMap<string, QueueAddress>,
): Record<string, string> {
  return {
    // Whole seconds, as SQS has them; never zero, which would hand a message out twice at once.
    VisibilityTimeout: String(Math.max(1, Math.ceil(visibilitySeconds))),
    ...(redrive === null
      ? {}
      : {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: known(made, redrive.deadLetters).arn,
            maxReceiveCount: redrive.maxReceiveCount,
          }),
        }),
  };
}

/** @throws Error when the declarations name a resource that they do not declare */
export function known<T>(resources: ReadonlyMap<string, T>, id: string): T {
  const found = resources.get(id);
  if (found === undefined) throw new Error(`The declarations name ${id} but do not declare it.`);
  return found;
}
