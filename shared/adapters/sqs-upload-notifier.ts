import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../core/ports/host.ts';
import type { UploadNotifier } from '../core/ports/messaging.ts';
import { toS3Event } from '../core/s3-event.ts';

/**
 * Sends an upload to dispatch's queue in the words of S3.
 * @param client Made with `useQueueUrlAsEndpoint: false`, see `createQueueClient`.
 */
export function createUploadNotifier(client: SQSClient, queueUrl: string, clock: Clock): UploadNotifier {
  return {
    async notify(notice) {
      const event = toS3Event(notice, new Date(clock()).toISOString());
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) }));
    },
  };
}
