import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEventPublisher, createTaskPublisher } from '../../shared/adapters/sns-publishers.ts';
import { createMessageLeases } from '../../shared/adapters/sqs-message-leases.ts';
import { createUploadNotifier } from '../../shared/adapters/sqs-upload-notifier.ts';
import { type JobEndedEvent, TaskMessage } from '../../shared/core/messages.ts';
import { S3Event } from '../../shared/core/s3-event.ts';
import { NOTICE, NOW } from '../fixtures/jobs.ts';
import { type Fauxqs, startFauxqs } from '../helpers/fauxqs.ts';

let fauxqs: Fauxqs;

beforeAll(async () => {
  fauxqs = await startFauxqs();
});
afterAll(() => fauxqs.stop());

async function createQueue(name: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl } = await fauxqs.sqs.send(new CreateQueueCommand({ QueueName: name }));
  return { url: QueueUrl ?? '', arn: `arn:aws:sqs:us-east-1:000000000000:${name}` };
}

async function createTopic(name: string): Promise<string> {
  const { TopicArn } = await fauxqs.sns.send(new CreateTopicCommand({ Name: name }));
  return TopicArn ?? '';
}

async function subscribe(topic: string, queueArn: string, filter: object): Promise<void> {
  await fauxqs.sns.send(
    new SubscribeCommand({
      TopicArn: topic,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify(filter) },
    }),
  );
}

async function receive(url: string, waitSeconds = 5) {
  const { Messages } = await fauxqs.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: waitSeconds }),
  );
  return Messages?.[0];
}

it('rings the queue whose filter names task and lane, with the message as its body', async () => {
  const topic = await createTopic('tasks');
  const [low, high, batch] = await Promise.all(['low', 'high', 'batch'].map(createQueue));
  if (!low || !high || !batch) throw new Error('no queues');
  await subscribe(topic, low.arn, { task: ['480p'], lane: ['lambda'] });
  await subscribe(topic, high.arn, { task: ['720p'], lane: ['lambda'] });
  await subscribe(topic, batch.arn, { lane: ['batch'] });
  const message: TaskMessage = { jobId: 'job-1', task: '720p', lane: 'lambda', round: 2 };
  await createTaskPublisher(fauxqs.sns, topic).publish(message);
  expect(TaskMessage.parse(JSON.parse((await receive(high.url))?.Body ?? ''))).toEqual(message);
  expect([await receive(low.url, 0), await receive(batch.url, 0)]).toEqual([undefined, undefined]);
});

it('tells of an end, filtered by type', async () => {
  const topic = await createTopic('events');
  const queue = await createQueue('failures');
  await subscribe(topic, queue.arn, { type: ['job.failed'] });
  const event: JobEndedEvent = {
    id: 'job-1:failed',
    type: 'job.failed',
    time: new Date(NOW).toISOString(),
    jobId: 'job-1',
    source: { bucket: 'uploads', key: 'a.mp4' },
    manifest: null,
    error: { code: 'input.empty', detail: 'Empty.' },
  };
  const publisher = createEventPublisher(fauxqs.sns, topic);
  await publisher.publish({ ...event, id: 'job-2:completed', type: 'job.completed' });
  await publisher.publish(event);
  expect(JSON.parse((await receive(queue.url))?.Body ?? '')).toEqual(event);
});

it('notifies dispatch in the words of S3', async () => {
  const queue = await createQueue('uploads');
  await createUploadNotifier(fauxqs.sqs, queue.url, () => NOW).notify({ ...NOTICE, key: 'a b+ü.mp4' });
  const body = (await receive(queue.url))?.Body ?? '';
  expect(S3Event.parse(JSON.parse(body))).toEqual([{ ...NOTICE, key: 'a b+ü.mp4' }]);
});

it('hides and shows a message that it knows by the ARN of its queue', async () => {
  const queue = await createQueue('leases');
  await createUploadNotifier(fauxqs.sqs, queue.url, () => NOW).notify(NOTICE);
  const first = await receive(queue.url);
  const lease = createMessageLeases(fauxqs.sqs)({
    queueArn: queue.arn,
    receiptHandle: first?.ReceiptHandle ?? '',
  });
  expect(await receive(queue.url, 0)).toBeUndefined();
  await lease.extend(0);
  const second = await receive(queue.url);
  expect(second?.MessageId).toBe(first?.MessageId);
});
