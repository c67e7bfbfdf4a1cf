import { SQSClient } from '@aws-sdk/client-sqs';

/** Talks to the endpoint that the environment names, whatever host stands in a queue's URL. */
export function createQueueClient(): SQSClient {
  return new SQSClient({ useQueueUrlAsEndpoint: false });
}
