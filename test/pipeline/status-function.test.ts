import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UploadResponse } from '../../shared/core/upload-schema.ts';
import { Problem } from '../../shared/edge/http/problem.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';

type Handler = typeof import('../../functions/status/handler.ts')['handler'];

let dynalite: Dynalite;
let parameters: Server;
let handler: Handler;

beforeAll(async () => {
  dynalite = await startDynalite();
  await dynalite.createStore('jobs');
  parameters = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ Parameter: { Name: '/millrace/token', Value: 's3cret' } }));
  });
  await new Promise<void>((resolve) => parameters.listen(0, '127.0.0.1', resolve));
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: dynalite.endpoint,
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${(parameters.address() as AddressInfo).port}`,
    JOBS_TABLE: 'jobs',
    UPLOADS_BUCKET: 'test-uploads',
    OUTPUTS_BUCKET: 'test-outputs',
    TASKS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:tasks',
    EVENTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:events',
    UPLOADS_QUEUE_URL: 'http://127.0.0.1/000000000000/uploads',
    API_TOKEN_PARAMETER: '/millrace/token',
    LOG_LEVEL: 'silent',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('../../functions/status/handler.ts'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  parameters.closeAllConnections();
  await new Promise((resolve) => parameters.close(resolve));
  await dynalite.stop();
});

interface Sent {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly body?: string;
}

/** What the HTTP API (payload 2.0) hands to the function. */
async function invoke(method: string, path: string, { headers = {}, query = '', body }: Sent = {}) {
  const domainName = 'abc123.execute-api.us-east-1.amazonaws.com';
  const event: Parameters<Handler>[0] = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    cookies: [],
    headers: { host: domainName, ...headers },
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    body: body ?? null,
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'abc123',
      domainName,
      domainPrefix: 'abc123',
      requestId: 'r',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:10:00:00 +0000',
      timeEpoch: 0,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'test' },
      authentication: null,
      authorizer: {},
    },
  };
  return handler(event);
}

const AUTHORIZED = { authorization: 'Bearer s3cret', 'content-type': 'application/json' };

describe('the status function', () => {
  test('answers health', async () => {
    expect(await invoke('GET', '/v1/health')).toMatchObject({
      statusCode: 200,
      isBase64Encoded: false,
      body: '{"status":"ok"}',
      headers: { 'access-control-allow-origin': '*', 'content-type': 'application/json' },
    });
  });

  test('asks for the token of the parameter', async () => {
    const answer = await invoke('POST', '/v1/uploads', { headers: { 'content-type': 'application/json' } });
    expect([answer.statusCode, Problem.parse(JSON.parse(answer.body)).code]).toEqual([401, 'auth.required']);
  });

  test('grants a signed upload and shows its job', async () => {
    const created = await invoke('POST', '/v1/uploads', {
      headers: AUTHORIZED,
      body: JSON.stringify({ filename: 'clip 1.mp4', contentType: 'video/mp4', size: 10 }),
    });
    expect(created.statusCode).toBe(201);
    const { jobId, upload } = UploadResponse.parse(JSON.parse(created.body));
    const url = new URL(upload.url);
    expect(`${url.host}${url.pathname}`).toMatch(
      /^test-uploads\.s3\.us-east-1\.amazonaws\.com\/[\da-f-]{36}\/clip%201\.mp4$/,
    );
    expect(url.pathname).not.toContain(jobId);
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');

    const shown = await invoke('GET', `/v1/jobs/${jobId}`);
    expect([shown.statusCode, JSON.parse(shown.body)]).toMatchObject([
      200,
      { id: jobId, state: 'awaiting_upload', source: { bucket: 'test-uploads', size: 10 } },
    ]);
    const etag = shown.headers?.['etag'];
    expect(etag).toMatch(/^W\/"\d+"$/);
    const again = await invoke('GET', `/v1/jobs/${jobId}`, { headers: { 'if-none-match': String(etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);

    const query = `key=${encodeURIComponent(decodeURIComponent(url.pathname.slice(1)))}`;
    const listed = await invoke('GET', '/v1/jobs', { headers: AUTHORIZED, query });
    expect(JSON.parse(listed.body)).toMatchObject({ jobs: [{ id: jobId }], cursor: null });
  });

  test('unknown jobs, unknown routes and preflights', async () => {
    const answers = await Promise.all([
      invoke('GET', '/v1/jobs/unknown'),
      invoke('GET', '/nothing'),
      invoke('OPTIONS', '/v1/uploads'),
      invoke('DELETE', '/v1/jobs'),
    ]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([404, 404, 204, 405]);
  });
});
