import type { Context, SQSBatchResponse } from 'aws-lambda';
import { z } from 'zod';
import type { Log } from '../core/ports/host.ts';
import { parseValue } from './parse-json.ts';

const SqsEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int().positive() }),
      eventSourceARN: z.string(),
    }),
  ),
});

/** One message as the queue gave it. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly queueArn: string;
  /** 1 for the first time. */
  readonly receiveCount: number;
  /** Epoch milliseconds at which the host stops this invocation. */
  readonly deadline: number;
  readonly memoryLimitMb: number;
  /** Unique for the invocation. */
  readonly requestId: string;
}

/**
 * Handler of a queue's messages with partial batch failures: a message whose parsing or handling throws is logged
 * and reported, so that the queue delivers it again; the others are done with.
 * @param parse Gets the body and its path in the event, for errors that name the field.
 */
export function sqsHandler<T>(
  parse: (body: string, at: string) => T,
  handle: (message: T, delivery: Delivery) => Promise<void>,
  log: Log,
): (event: unknown, context: Context) => Promise<SQSBatchResponse> {
  return async (event, context) => {
    const deadline = Date.now() + context.getRemainingTimeInMillis();
    const { Records } = parseValue(SqsEvent, event, '');
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const [index, record] of Records.entries()) {
      const delivery: Delivery = {
        messageId: record.messageId,
        receiptHandle: record.receiptHandle,
        queueArn: record.eventSourceARN,
        receiveCount: record.attributes.ApproximateReceiveCount,
        deadline,
        memoryLimitMb: Number(context.memoryLimitInMB),
        requestId: context.awsRequestId,
      };
      try {
        await handle(parse(record.body, `Records[${index}].body`), delivery);
      } catch (error) {
        const { messageId, receiveCount } = delivery;
        log.error({ err: error, messageId, receiveCount }, 'message comes again');
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}
