import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** As much of CloudFormation, S3 and STS as a deployment talks to: one stack that takes every template, one bucket. */
export interface DeploymentCloud {
  /** Environment of the deploying process. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was changed, in order: `CreateStack`, `PUT key`, `UpdateStack`. */
  readonly changes: readonly string[];
  /** Of the stack's creation. */
  readonly firstTemplate: () => string;
  close(): Promise<void>;
}

const BUCKET = 'millrace-dev-deployments';
const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/millrace-dev/one';

export async function startDeploymentCloud(): Promise<DeploymentCloud> {
  const changes: string[] = [];
  const events: { type: string; state: string }[] = [];
  let firstTemplate = '';

  function query(parameters: URLSearchParams, response: ServerResponse): void {
    const action = parameters.get('Action') ?? '';
    const answer = (result: string) =>
      response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
    const refuse = (code: string, message: string) =>
      response
        .writeHead(400)
        .end(
          `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
        );
    switch (action) {
      case 'DescribeStacks':
        if (events.length === 0) return void refuse('ValidationError', 'Stack millrace-dev does not exist');
        return void answer(
          `<Stacks><member><StackName>millrace-dev</StackName><StackId>${STACK_ID}</StackId><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>`,
        );
      case 'CreateStack':
      case 'UpdateStack': {
        const verb = action === 'CreateStack' ? 'CREATE' : 'UPDATE';
        changes.push(action);
        if (verb === 'CREATE') firstTemplate = parameters.get('TemplateBody') ?? '';
        events.push({ type: verb, state: 'IN_PROGRESS' }, { type: verb, state: 'COMPLETE' });
        return void answer(`<StackId>${STACK_ID}</StackId>`);
      }
      case 'DescribeStackEvents':
        return void answer(`<StackEvents>${events.map(toEvent).reverse().join('')}</StackEvents>`);
      case 'DescribeStackResource':
        return void answer(
          `<StackResourceDetail><PhysicalResourceId>${BUCKET}</PhysicalResourceId></StackResourceDetail>`,
        );
      case 'GetCallerIdentity':
        return void answer('<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/tester</Arn>');
      case 'ListStackResources':
      case 'ValidateTemplate':
        return void answer('');
      default:
        return void refuse('InvalidAction', action);
    }
  }

  async function s3(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cloud');
    if (!url.pathname.startsWith(`/${BUCKET}`)) {
      // A function, asked for its age.
      response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}');
      return;
    }
    const key = decodeURIComponent(url.pathname.slice(BUCKET.length + 2));
    request.resume();
    await new Promise((resolve) => request.once('end', resolve));
    const isPart = url.searchParams.has('uploads') || url.searchParams.has('partNumber');
    if (request.method === 'HEAD' || (request.method === 'GET' && key === '')) {
      const isThere = key === '' || changes.includes(`PUT ${key}`);
      response.writeHead(isThere ? 200 : 404).end(request.method === 'GET' ? '<ListBucketResult/>' : '');
      return;
    }
    if (!isPart) changes.push(`PUT ${key}`);
    const result = url.searchParams.has('uploads')
      ? 'InitiateMultipartUploadResult'
      : 'CompleteMultipartUploadResult';
    response
      .writeHead(200, { etag: '"e"' })
      .end(
        request.method === 'POST'
          ? `<${result}><UploadId>u</UploadId><Key>k</Key><ETag>"e"</ETag></${result}>`
          : '',
      );
  }

  const server = createServer((request, response) => {
    const answered =
      request.method === 'POST' && request.url === '/'
        ? text(request).then((body) => query(new URLSearchParams(body), response))
        : s3(request, response);
    answered.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'TEST',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      SLS_AWS_MONITORING_FREQUENCY: '10',
    },
    changes,
    firstTemplate: () => firstTemplate,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toEvent({ type, state }: { type: string; state: string }, index: number): string {
  return `<member><EventId>e${index}</EventId><StackId>${STACK_ID}</StackId><StackName>millrace-dev</StackName><LogicalResourceId>millrace-dev</LogicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${type}_${state}</ResourceStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp></member>`;
}
