import { SQSClient } from '@aws-sdk/client-sqs';
import { AWS_LIMITS } from './aws-limits.ts';

/** Talks to the endpoint that the environment names, whatever host stands in a queue's URL. */
export function createQueueClient(): SQSClient {
  return new SQSClient({ requestHandler: AWS_LIMITS, useQueueUrlAsEndpoint: false });
}
