import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { known } from '../../infra/local/broker.ts';
import { groupMembers } from '../../infra/local/host/process-groups.ts';
import { startTestHost, type TestHost, type TestHostOptions } from '../helpers/test-host.ts';

let running: TestHost | undefined;

async function start(options?: TestHostOptions): Promise<TestHost> {
  running = await startTestHost(options);
  return running;
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Messages waiting and in hand. */
async function depth(
  { broker }: TestHost,
  queue: 'Work' | 'Dead',
): Promise<{ waiting: number; inHand: number }> {
  const { Attributes } = await broker.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: known(broker.queues, queue).url, AttributeNames: ['All'] }),
  );
  return {
    waiting: Number(Attributes?.['ApproximateNumberOfMessages']),
    inHand: Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']),
  };
}

describe('an invocation', () => {
  test('gets the event and the context that Lambda gives, and nothing of our environment', async () => {
    const host = await start({ timeoutSeconds: 9, memoryMb: 512 });
    const next = host.ended();
    await host.send('look');
    const { end, requestId } = await next;
    expect(end).toEqual({
      kind: 'returned',
      value: {
        event: {
          Records: [
            {
              messageId: expect.any(String),
              receiptHandle: expect.any(String),
              body: '{"act":"look"}',
              attributes: {
                ApproximateReceiveCount: '1',
                SentTimestamp: expect.stringMatching(/^\d{13}$/),
                SenderId: expect.any(String),
                ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
              },
              messageAttributes: {
                act: { stringValue: 'look', stringListValues: [], binaryListValues: [], dataType: 'String' },
              },
              md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
              eventSource: 'aws:sqs',
              eventSourceARN: known(host.broker.queues, 'Work').arn,
              awsRegion: 'us-east-1',
            },
          ],
        },
        context: { functionName: 'actor', memoryLimitInMB: '512', awsRequestId: requestId },
        remainingMs: expect.toSatisfy((ms: number) => ms > 8_000 && ms <= 9_000),
        environment: expect.not.arrayContaining(['PATH', 'HOME']),
      },
    });
  });

  test('is killed at the timeout, with its children, and the message comes back', async () => {
    const host = await start({ timeoutSeconds: 0.3, visibilitySeconds: 1 });
    const first = host.ended();
    await host.send('hang');
    const { end, pid, billedMs } = await first;
    expect(end).toEqual({ kind: 'killed', reason: 'timeout' });
    expect(billedMs).toBeGreaterThanOrEqual(300);
    expect(await groupMembers(pid)).toEqual([]);
    const second = await host.ended();
    expect(second.event).toMatchObject({ Records: [{ attributes: { ApproximateReceiveCount: '2' } }] });
    expect(second.pid).not.toBe(pid);
  });

  test('is killed above the memory of its function, children counted', async () => {
    const host = await start({ memoryMb: 180 });
    const next = host.ended();
    await host.send('hog');
    const { end, pid, maxMemoryMb } = await next;
    expect(end).toEqual({ kind: 'killed', reason: 'memory' });
    expect(maxMemoryMb).toBeGreaterThan(180);
    expect(await groupMembers(pid)).toEqual([]);
  });

  test('that ends its own process leaves the message and gets a new environment', async () => {
    const host = await start({ visibilitySeconds: 0.2 });
    const first = host.ended();
    await host.send('exit');
    const { end, pid } = await first;
    expect(end).toEqual({ kind: 'crashed', exitCode: 7, signal: null });
    expect((await host.ended()).pid).not.toBe(pid);
  });
});

describe('messages', () => {
  test('that were handled are deleted, failed ones stay in hand', async () => {
    const host = await start({ batchSize: 3 });
    const next = host.ended();
    await host.send('answer', 'fail', 'answer');
    await next;
    await expect.poll(() => depth(host, 'Work')).toEqual({ waiting: 0, inHand: 1 });
  });

  test('of a function that throws all stay', async () => {
    const host = await start({ batchSize: 2 });
    const next = host.ended();
    await host.send('answer', 'throw');
    expect((await next).end).toEqual({ kind: 'threw', error: { name: 'RangeError', message: 'as asked' } });
    expect(await depth(host, 'Work')).toEqual({ waiting: 0, inHand: 2 });
  });

  test('that fail too often become dead letters', async () => {
    const host = await start({ visibilitySeconds: 0.05 });
    await host.send('fail');
    await expect.poll(() => depth(host, 'Dead'), { timeout: 5_000 }).toEqual({ waiting: 1, inHand: 0 });
  });
});

describe('environments', () => {
  test('are reused one event at a time, and made on demand up to the concurrency', async () => {
    const host = await start({ concurrency: 2, timeoutSeconds: 1 });
    expect(host.host.groups.size).toBe(1);
    const pids = new Set<number>();
    host.host.events.on('started', ({ pid }) => pids.add(pid));
    let next = host.ended();
    await host.send('answer');
    await next;
    next = host.ended();
    await host.send('answer');
    await next;
    expect(pids).toEqual(host.host.groups);
    next = host.ended();
    await host.send('hang', 'hang', 'hang');
    await expect.poll(() => host.host.groups.size).toBe(2);
    expect(await depth(host, 'Work')).toEqual({ waiting: 1, inHand: 2 });
    await next;
  });

  test('that cannot import their function fail the start with the reason', async () => {
    await expect(start({ fixture: 'broken' })).rejects.toThrow(
      'Function broken cannot run: This function cannot be imported.',
    );
  });

  test('are gone after the stop, with what they had started', async () => {
    const host = await start();
    const started = new Promise<number>((resolve) => {
      host.host.events.once('started', ({ pid }) => resolve(pid));
    });
    await host.send('hang');
    const pid = await started;
    await expect.poll(async () => (await groupMembers(pid)).length).toBe(2);
    await host.stop();
    running = undefined;
    expect(await groupMembers(pid)).toEqual([]);
  });
});
