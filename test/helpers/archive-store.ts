import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the store's only reader signs with; also what the credentials' address answers. */
const CREDENTIALS = { id: 'TEST', secret: 'not-a-secret', token: 'a/session+token=' };
export const REGION = 'eu-central-1';
const TOKEN_OF_THE_TASK = 'of-the-task';

export interface ArchiveStore {
  /** Environment of a process that has its credentials in variables. */
  readonly withKeys: Readonly<Record<string, string>>;
  /** Environment of a process that asks for them, as in a container. */
  readonly withRole: Readonly<Record<string, string>>;
  /** Paths asked for, in order; of the object only. */
  readonly seen: readonly string[];
  /** Answers the next requests for the object with this status. */
  failNext(times: number, status: number): void;
  /** Sends half of the next answer and then nothing. */
  stallNext(): void;
  /** Resolves when a request for the object has come. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

/** One object behind S3's own signature, and the address that gives a container its credentials. */
export async function startArchiveStore(file: string): Promise<ArchiveStore> {
  const seen: string[] = [];
  const waiting: (() => void)[] = [];
  let failures: number[] = [];
  let stalls = false;

  const server = createServer((request, response) => {
    if (request.url === '/role') {
      const isAllowed = request.headers.authorization === TOKEN_OF_THE_TASK;
      const { id: AccessKeyId, secret: SecretAccessKey, token: Token } = CREDENTIALS;
      response.writeHead(isAllowed ? 200 : 401).end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token }));
      return;
    }
    seen.push(request.url ?? '');
    for (const resolve of waiting.splice(0)) resolve();
    const failure = failures.shift();
    if (failure !== undefined || !isSigned(request)) {
      response.writeHead(failure ?? 403).end('<Error><Code>Refused</Code></Error>');
      return;
    }
    if (stalls) response.writeHead(200, { 'content-length': 100 }).write('half');
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { AWS_REGION: REGION, AWS_ENDPOINT_URL_S3: url };

  return {
    withKeys: {
      ...common,
      AWS_ACCESS_KEY_ID: CREDENTIALS.id,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secret,
      AWS_SESSION_TOKEN: CREDENTIALS.token,
    },
    withRole: {
      ...common,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/role`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: TOKEN_OF_THE_TASK,
    },
    seen,
    failNext(times, status) {
      failures = Array.from({ length: times }, () => status);
    },
    stallNext() {
      stalls = true;
    },
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** AWS Signature Version 4 in the header `authorization`, for a request without a query; at most five minutes old. */
function isSigned(request: IncomingMessage): boolean {
  const { authorization = '' } = request.headers;
  const [, credential = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const [id, ...scope] = credential.split('/');
  const time = String(request.headers['x-amz-date']);
  const issued = Date.parse(time.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
  const covered = names.split(';');
  const must = ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
  if (id !== CREDENTIALS.id || Math.abs(Date.now() - issued) > 300_000) return false;
  if (scope.join('/') !== `${time.slice(0, 8)}/${REGION}/s3/aws4_request`) return false;
  if (request.headers['x-amz-security-token'] !== CREDENTIALS.token) return false;
  if (!must.every((name) => covered.includes(name))) return false;

  const headers = covered.map((name) => `${name}:${request.headers[name]}\n`).join('');
  const payload = String(request.headers['x-amz-content-sha256']);
  const canonical = [request.method, request.url, '', headers, names, payload].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secret}`);
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash].join('\n');
  return hmac(key, text).toString('hex') === signature;
}
