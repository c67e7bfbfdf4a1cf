import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Broker, known } from '../broker.ts';
import { LOCAL_REGION } from '../client-options.ts';
import type { EventRuleDeclaration } from '../declarations/batch.ts';
import { describeJob } from './describe-job.ts';
import { mapPattern, matchesPattern } from './event-pattern.ts';
import type { BatchJob } from './job.ts';
import { type BatchNames, LOCAL_ACCOUNT } from './names.ts';
import type { BatchEvents } from './scheduler.ts';

/**
 * Sends every change of a job's state, in EventBridge's envelope, to the queues whose rule asks for it.
 * Returns what waits until all that was sent has arrived.
 */
export function tellQueues(
  events: BatchEvents,
  rules: readonly EventRuleDeclaration[],
  names: BatchNames,
  broker: Pick<Broker, 'sqs' | 'queues'>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const targets = rules.map(({ pattern, queues }) => ({
    pattern: mapPattern(pattern, (value) =>
      typeof value === 'string' ? value : known(names.jobQueues, value.resource),
    ),
    urls: queues.map((queue) => known(broker.queues, queue).url),
  }));
  const sending = new Set<Promise<void>>();

  const send = (QueueUrl: string, MessageBody: string): void => {
    const sent: Promise<void> = broker.sqs
      .send(new SendMessageCommand({ QueueUrl, MessageBody }))
      .then(() => undefined, onError)
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };

  events.on('changed', (job) => {
    const event = stateChange(job);
    for (const { pattern, urls } of targets) {
      if (matchesPattern(pattern, event)) for (const url of urls) send(url, JSON.stringify(event));
    }
  });
  return async () => {
    await Promise.all(sending);
  };
}

/** https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html */
function stateChange(job: BatchJob) {
  const detail = describeJob(job);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: LOCAL_ACCOUNT,
    time: new Date().toISOString(),
    region: LOCAL_REGION,
    resources: [detail.jobArn],
    detail,
  };
}
