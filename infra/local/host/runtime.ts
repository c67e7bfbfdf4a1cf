import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import type { EnvironmentMessage, InvokeRequest, Thrown } from './protocol.ts';

type Handler = (event: unknown, context: Context) => unknown;

const ACCOUNT = '000000000000';

/** Runs inside an environment: imports the bundle named by the first argument and answers the host's events. */
function main(): void {
  // The host is gone: nobody else would end ffmpeg.
  process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
  const bundle = process.argv[2];
  if (bundle === undefined) throw new Error('The runtime needs the path of a bundle.');
  loadHandler(bundle).then(serve, (error) => tell({ type: 'unusable', error: describe(error) }));
}

async function loadHandler(bundle: string): Promise<Handler> {
  const module: unknown = await import(pathToFileURL(bundle).href);
  if (typeof module === 'object' && module !== null && 'handler' in module) {
    const { handler } = module;
    if (typeof handler === 'function') return (event, context) => handler(event, context);
  }
  throw new Error('The bundle exports no function named "handler".');
}

function serve(handler: Handler): void {
  process.on('message', (request: InvokeRequest) => {
    const { requestId } = request;
    Promise.resolve()
      .then(() => handler(request.event, contextOf(request)))
      .then(
        (value) => tell({ type: 'returned', requestId, value: value ?? null }),
        (error) => {
          console.error(error);
          tell({ type: 'threw', requestId, error: describe(error) });
        },
      );
  });
  tell({ type: 'ready' });
}

function tell(message: EnvironmentMessage): void {
  process.send?.(message);
}

function describe(error: unknown): Thrown {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}

function contextOf(request: InvokeRequest): Context {
  const { functionName, requestId } = request;
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${functionName}`,
    memoryLimitInMB: String(request.memoryMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: String(process.pid),
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, request.deadline - Date.now()),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
}

function unsupported(): never {
  throw new Error('Callbacks are not supported: return a promise.');
}

main();
