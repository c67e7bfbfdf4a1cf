import { ChangeMessageVisibilityCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MessageLease } from '../core/ports/messaging.ts';

/** SQS hides a message for at most twelve hours. */
const MAX_VISIBILITY_SECONDS = 43_200;

/** Names one received message. */
export interface ReceivedMessage {
  readonly queueArn: string;
  readonly receiptHandle: string;
}

/**
 * Leases of messages as a function receives them: events name their queue by ARN, the API wants its URL, so each
 * queue is looked up once.
 */
export function createMessageLeases(client: SQSClient): (message: ReceivedMessage) => MessageLease {
  const urls = new Map<string, Promise<string>>();

  function urlOf(queueArn: string): Promise<string> {
    const known = urls.get(queueArn);
    if (known !== undefined) return known;
    const url = lookUp(client, queueArn);
    urls.set(queueArn, url);
    url.catch(() => urls.delete(queueArn));
    return url;
  }

  return ({ queueArn, receiptHandle }) => ({
    async extend(seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: await urlOf(queueArn),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: Math.min(MAX_VISIBILITY_SECONDS, Math.ceil(seconds)),
        }),
      );
    },
  });
}

async function lookUp(client: SQSClient, queueArn: string): Promise<string> {
  const [account, name] = queueArn.split(':').slice(4);
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
  );
  if (QueueUrl === undefined) throw new Error(`The queue ${queueArn} has no URL.`);
  return QueueUrl;
}
