import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ssmToken } from '../../shared/adapters/ssm-token.ts';
import { TEST_AWS } from '../helpers/test-aws.ts';

const asked: unknown[] = [];
let answer: { status: number; body: object };
let server: Server;
let client: SSMClient;

const holds = (value: string) => ({ status: 200, body: { Parameter: { Name: '/token', Value: value } } });

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new SSMClient({ ...TEST_AWS, endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  asked.length = 0;
  answer = holds('s3cret\n');
});

describe('ssmToken', () => {
  test('asks for the decrypted parameter once, for all who want it', async () => {
    const token = ssmToken(client, '/token', () => 0);
    expect(await Promise.all([token(), token(), token()])).toEqual(['s3cret', 's3cret', 's3cret']);
    expect(asked).toEqual([{ Name: '/token', WithDecryption: true }]);
  });

  test('takes up a changed parameter after three minutes', async () => {
    let now = 0;
    const token = ssmToken(client, '/token', () => now);
    await token();
    answer = holds('changed');
    now = 179_999;
    expect(await token()).toBe('s3cret');
    now = 180_000;
    expect(await token()).toBe('changed');
  });

  test.each<[string, { status: number; body: object }]>([
    ['no such parameter', { status: 400, body: { __type: 'ParameterNotFound' } }],
    ['access denied', { status: 400, body: { __type: 'AccessDeniedException' } }],
    ['an outage', { status: 500, body: {} }],
    ['an empty one', holds(' \n')],
    ['no value', { status: 200, body: {} }],
  ])('rejects: %s; and asks again the next time', async (_name, failure) => {
    const token = ssmToken(client, '/token', () => 0);
    answer = failure;
    await expect(token()).rejects.toThrow();
    answer = holds('back');
    expect(await token()).toBe('back');
  });

  test('a failure after the time is over does not bring the old token back', async () => {
    let now = 0;
    const token = ssmToken(client, '/token', () => now);
    await token();
    now = 180_000;
    answer = { status: 500, body: {} };
    await expect(token()).rejects.toThrow();
    await expect(token()).rejects.toThrow();
  });
});
