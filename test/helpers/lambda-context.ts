import type { Context } from 'aws-lambda';

/** What a function is told about its invocation. */
export function lambdaContext({ remainingMs = 60_000, memoryMb = 512 } = {}): Context {
  const until = Date.now() + remainingMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'test',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:1:function:test',
    memoryLimitInMB: String(memoryMb),
    awsRequestId: 'request-1',
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => Math.max(0, until - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
