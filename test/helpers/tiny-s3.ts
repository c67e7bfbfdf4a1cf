import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { createS3Client } from '../../shared/adapters/s3-client.ts';

const CREDENTIALS = { accessKeyId: 'TEST', secretAccessKey: 'not-a-secret' };

interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly versionId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

export interface TinyS3 {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Versions of each key, newest last. */
  readonly objects: Map<string, StoredObject[]>;
  /** Open multipart uploads. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** At most so many parts are listed in one answer; 1000 as in S3. */
  partsPerPage: number;
  /** Answers the next requests with this error. */
  failNext(times: number, status: number, code: string): void;
  /** Breaks off after the first half of the body of the next answers to GET, and keeps the connection. */
  stallNext(times: number): void;
  client(config?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

/** Just enough of S3 over HTTP for one bucket: conditional and multipart puts, ranges, versions, presigned addresses. */
export async function startTinyS3(): Promise<TinyS3> {
  const seen: SeenRequest[] = [];
  const objects = new Map<string, StoredObject[]>();
  const uploads = new Map<string, { headers: Record<string, string>; parts: Map<number, Buffer> }>();
  const clients: S3Client[] = [];
  let failures: { status: number; code: string }[] = [];
  let stalls = 0;
  const limits = { partsPerPage: 1000 };

  const store = (key: string, body: Buffer, headers: Record<string, string>): StoredObject => {
    const object = {
      body,
      headers,
      etag: createHash('md5').update(body).digest('hex'),
      versionId: randomUUID(),
    };
    objects.set(key, [...(objects.get(key) ?? []), object]);
    return object;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://tiny');
    const key = decodeURIComponent(rawPath(request).split('/').slice(2).join('/'));
    const query = Object.fromEntries(url.searchParams);
    const method = request.method ?? '';
    seen.push({ method, key, query, headers: request.headers });
    const body = await buffer(request);
    const fail = (status: number, code: string) =>
      send(response, status, {}, method === 'HEAD' ? '' : `<Error><Code>${code}</Code></Error>`);

    const failure = failures.shift();
    if (failure !== undefined) return fail(failure.status, failure.code);
    if ('X-Amz-Signature' in query && !isSigned(request, url)) return fail(403, 'SignatureDoesNotMatch');
    const taken = request.headers['if-none-match'] === '*' && objects.has(key);

    if (method === 'POST' && 'uploads' in query) {
      const id = randomUUID();
      uploads.set(id, { headers: kept(request), parts: new Map() });
      return send(response, 200, {}, xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`));
    }
    const upload = uploads.get(query['uploadId'] ?? '');
    if ('uploadId' in query && upload === undefined) return fail(404, 'NoSuchUpload');
    if (upload !== undefined) {
      if (method === 'PUT') {
        upload.parts.set(Number(query['partNumber']), body);
        return send(response, 200, { etag: `"part${query['partNumber']}"` });
      }
      if (method === 'GET') {
        const parts = [...upload.parts].sort(([a], [b]) => a - b);
        return send(response, 200, {}, partsPage(parts, query, limits.partsPerPage));
      }
      if (method === 'POST' && taken) return fail(412, 'PreconditionFailed');
      uploads.delete(query['uploadId'] ?? '');
      if (method === 'DELETE') return send(response, 204, {});
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map((match) => Number(match[1]));
      const parts = named.flatMap((number) => upload.parts.get(number) ?? []);
      if (parts.length !== upload.parts.size) return fail(400, 'InvalidPart');
      const { etag } = store(key, Buffer.concat(parts), upload.headers);
      return send(response, 200, {}, xml('CompleteMultipartUploadResult', `<ETag>"${etag}"</ETag>`));
    }
    if (method === 'PUT') {
      if (taken) return fail(412, 'PreconditionFailed');
      const checksum = request.headers['x-amz-checksum-sha256'];
      if (checksum !== undefined && checksum !== createHash('sha256').update(body).digest('base64'))
        return fail(400, 'BadDigest');
      return send(response, 200, { etag: `"${store(key, body, kept(request)).etag}"` });
    }

    const versions = objects.get(key) ?? [];
    const found =
      'versionId' in query
        ? versions.find((version) => version.versionId === query['versionId'])
        : versions.at(-1);
    if (found === undefined) return fail(404, 'NoSuchKey');
    const wanted = request.headers['if-match'];
    if (wanted !== undefined && wanted !== `"${found.etag}"`) return fail(412, 'PreconditionFailed');
    const headers: Record<string, string> = { ...found.headers, etag: `"${found.etag}"` };
    for (const name of ['content-type', 'content-disposition']) {
      const override = query[`response-${name}`];
      if (override !== undefined) headers[name] = override;
    }
    const isStalled = method === 'GET' && stalls > 0;
    if (isStalled) stalls -= 1;
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range === null) return send(response, 200, headers, found.body, isStalled);
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), found.body.length - 1)];
    if (start > end) return fail(416, 'InvalidRange');
    headers['content-range'] = `bytes ${start}-${end}/${found.body.length}`;
    send(response, 206, headers, found.body.subarray(start, end + 1), isStalled);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    get partsPerPage() {
      return limits.partsPerPage;
    },
    set partsPerPage(parts) {
      limits.partsPerPage = parts;
    },
    url,
    seen,
    objects,
    uploads,
    failNext(times, status, code) {
      failures = Array.from({ length: times }, () => ({ status, code }));
    },
    stallNext(times) {
      stalls = times;
    },
    client(config = {}) {
      const client = createS3Client({
        region: 'eu-central-1',
        endpoint: url,
        forcePathStyle: true,
        credentials: CREDENTIALS,
        maxAttempts: 2,
        ...config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string = '',
  isStalled = false,
): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  if (isStalled) response.write(body.slice(0, body.length / 2));
  else response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** The path as sent: a URL object would resolve `..` in keys. */
function rawPath(request: IncomingMessage): string {
  return request.url?.split('?')[0] ?? '/';
}

/** Parts are at most so many that come after the marker of the query. */
function partsPage(
  parts: readonly (readonly [number, Buffer])[],
  query: Readonly<Record<string, string>>,
  limit: number,
): string {
  const rest = parts.filter(([number]) => number > Number(query['part-number-marker'] ?? 0));
  const page = rest.slice(0, limit);
  const items = page.map(
    ([number, body]) =>
      `<Part><PartNumber>${number}</PartNumber><Size>${body.length}</Size><ETag>"part${number}"</ETag></Part>`,
  );
  const marker = `<NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
  return xml(
    'ListPartsResult',
    `<IsTruncated>${rest.length > limit}</IsTruncated>${marker}${items.join('')}`,
  );
}

function xml(name: string, content: string): string {
  return `<?xml version="1.0"?><${name}><Bucket>b</Bucket><Key>k</Key>${content}</${name}>`;
}

function kept(request: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === 'string' && (name === 'content-type' || name.startsWith('x-amz-meta-'))
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(pairs);
}

/** AWS Signature Version 4 in the query, over the headers it names; and not expired. */
function isSigned(request: IncomingMessage, url: URL): boolean {
  const param = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? '';
  const date = param('Date');
  const issued = Date.parse(date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
  if (Date.now() > issued + Number(param('Expires')) * 1000) return false;
  const scope = param('Credential').split('/').slice(1);
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const names = param('SignedHeaders').split(';');
  const headers = names.map((name) => `${name}:${request.headers[name] ?? ''}\n`).join('');
  const canonical = [
    request.method,
    rawPath(request),
    query.join('&'),
    headers,
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), hash].join('\n')).toString('hex');
  return signature === param('Signature');
}
