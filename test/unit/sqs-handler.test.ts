import { describe, expect, it } from 'vitest';
import { TaskMessage } from '../../shared/core/messages.ts';
import { toS3Event } from '../../shared/core/s3-event.ts';
import { DeadLetter } from '../../shared/edge/dead-letter.ts';
import { parseJson } from '../../shared/edge/parse-json.ts';
import { type Delivery, sqsHandler } from '../../shared/edge/sqs-handler.ts';
import { NOTICE } from '../fixtures/jobs.ts';
import { lambdaContext } from '../helpers/lambda-context.ts';
import { recordingLog } from '../helpers/recording-log.ts';

const MESSAGE = { jobId: 'job-1', task: '480p', lane: 'lambda' } as const;

function record(messageId: string, body: unknown) {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '2', SentTimestamp: '1' },
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:q',
  };
}

const parse = (body: string, at: string) => parseJson(TaskMessage, body, at);

describe('sqsHandler', () => {
  it('hands over each message with its delivery, and reports those that fail', async () => {
    const { log, entries } = recordingLog();
    const seen: [TaskMessage, Delivery][] = [];
    const handler = sqsHandler(
      parse,
      async (message, delivery) => {
        seen.push([message, delivery]);
        if (message.jobId === 'bad') throw new Error('boom');
      },
      log,
    );
    const before = Date.now();
    const answer = await handler(
      { Records: [record('a', MESSAGE), record('b', { ...MESSAGE, jobId: 'bad' }), record('c', MESSAGE)] },
      lambdaContext({ remainingMs: 5000 }),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(seen.map(([message]) => message.jobId)).toEqual(['job-1', 'bad', 'job-1']);
    const delivery = seen[0]?.[1];
    expect(delivery).toMatchObject({
      messageId: 'a',
      receiptHandle: 'receipt-a',
      queueArn: 'arn:aws:sqs:us-east-1:1:q',
      receiveCount: 2,
      memoryLimitMb: 512,
    });
    expect(Number(delivery?.deadline) - before).toBeGreaterThanOrEqual(5000);
    expect(entries).toEqual([
      expect.objectContaining({
        level: 'error',
        messageId: 'b',
        err: expect.objectContaining({ message: 'boom' }),
      }),
    ]);
  });

  it.each([
    ['not json', /^Records\[0\]\.body: expected JSON, found "not json"$/],
    [{ ...MESSAGE, lane: 'tram' }, /^Records\[0\]\.body\.lane: /],
    [{ jobId: 'x' }, /^Records\[0\]\.body\.task: .*; Records\[0\]\.body\.lane: /],
  ])('names the field path of %j', async (body, message) => {
    const { log, entries } = recordingLog();
    const handler = sqsHandler(parse, async () => undefined, log);
    const answer = await handler({ Records: [record('a', body)] }, lambdaContext());
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'a' }]);
    expect(entries[0]?.['err']).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('refuses what is no queue event at all', async () => {
    const handler = sqsHandler(parse, async () => undefined, recordingLog().log);
    await expect(handler({ Records: [{ body: 'x' }] }, lambdaContext())).rejects.toThrow(
      'Records[0].messageId',
    );
  });
});

describe('DeadLetter', () => {
  it.each([
    [MESSAGE, { kind: 'task', message: MESSAGE }],
    [
      { ...MESSAGE, round: 2 },
      { kind: 'task', message: { ...MESSAGE, round: 2 } },
    ],
    [toS3Event(NOTICE, '2026-01-01T00:00:00.000Z'), { kind: 'uploads', notices: [NOTICE] }],
  ])('tells what %j is', (body, letter) => {
    expect(DeadLetter.parse(body)).toEqual(letter);
  });

  it('refuses anything else', () => {
    expect(DeadLetter.safeParse({ hello: 'world' }).success).toBe(false);
  });
});
