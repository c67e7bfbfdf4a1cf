import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Pool } from './pool.ts';
import { failedIds, toSqsEvent } from './sqs-event.ts';

/** A queue as the event source of one function. */
export interface QueueSource {
  readonly queueUrl: string;
  readonly queueArn: string;
  /** Messages per event. */
  readonly batchSize: number;
  /** Environments that work at the same time. */
  readonly concurrency: number;
  /** Whether the answer names failures; without, a normal end means that every message is done. */
  readonly reportsFailures: boolean;
  /** Seconds; overrides the queue's own. */
  readonly visibilitySeconds?: number;
}

export interface QueueConsumer {
  /** Stops receiving; events in hand go on. */
  stop(): Promise<void>;
}

/** The longest poll that SQS knows. */
const POLL_SECONDS = 20;
const PAUSE_AFTER_ERROR_MS = 1_000;

/**
 * Hands messages to a function. What it has handled is deleted; what failed, or was in the hands of an environment
 * that was killed, stays until its visibility ends.
 */
export function consumeQueue(
  client: SQSClient,
  source: QueueSource,
  pool: Pool,
  onError: (error: unknown) => void,
): QueueConsumer {
  const polling = new AbortController();

  const receive = async (): Promise<Message[]> => {
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: source.queueUrl,
        MaxNumberOfMessages: source.batchSize,
        WaitTimeSeconds: POLL_SECONDS,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...(source.visibilitySeconds === undefined ? {} : { VisibilityTimeout: source.visibilitySeconds }),
      }),
      { abortSignal: polling.signal, requestTimeout: (POLL_SECONDS + 10) * 1000 },
    );
    return Messages ?? [];
  };

  const handle = async (messages: readonly Message[]): Promise<void> => {
    const { end } = await pool.invoke(toSqsEvent(messages, source.queueArn));
    if (end.kind !== 'returned') return;
    const failed = source.reportsFailures ? failedIds(end.value, messages) : new Set<string>();
    const done = messages.filter((message) => !failed.has(message.MessageId ?? ''));
    if (done.length === 0) return;
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: source.queueUrl,
        Entries: done.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle })),
      }),
    );
  };

  const work = async (): Promise<void> => {
    while (!polling.signal.aborted) {
      try {
        const messages = await receive();
        if (messages.length > 0) await handle(messages);
      } catch (error) {
        if (polling.signal.aborted) return;
        onError(error);
        await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal: polling.signal }).catch(() => undefined);
      }
    }
  };

  const workers = Promise.all(Array.from({ length: source.concurrency }, work));
  return {
    async stop() {
      polling.abort();
      await workers;
    },
  };
}
