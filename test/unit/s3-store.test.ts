import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openObjectStore, openOutputLinks } from '../../shared/adapters/object-store.ts';
import { createS3Links } from '../../shared/adapters/s3-links.ts';
import { createS3Store } from '../../shared/adapters/s3-store.ts';
import { createS3UploadGranter } from '../../shared/adapters/s3-upload-granter.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import { startTinyS3, type TinyS3 } from '../helpers/tiny-s3.ts';

const MIB = 1024 * 1024;

let s3: TinyS3;
let store: ObjectStore;
let directory: string;

beforeAll(async () => {
  s3 = await startTinyS3();
  store = createS3Store({ client: s3.client(), bucket: 'b' });
  directory = await mkdtemp(join(tmpdir(), 'millrace-s3-'));
});
afterEach(() => {
  s3.seen.length = 0;
  s3.objects.clear();
});
afterAll(async () => {
  await s3.close();
  await rm(directory, { recursive: true });
});

async function put(key: string, content: string | Buffer, attempt = 1): Promise<'created' | 'exists'> {
  const file = join(directory, 'file');
  await writeFile(file, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return store.put(key, file, { contentType: 'video/mp4', sha256, attempt });
}

describe('put', () => {
  it('sends a small file in one conditional request that carries checksum, type and attempt', async () => {
    expect(await put('job/480p.mp4', 'bytes', 2)).toBe('created');
    const sha256 = createHash('sha256').update('bytes');
    const hex = sha256.copy().digest('hex');
    expect(s3.seen).toMatchObject([
      {
        method: 'PUT',
        key: 'job/480p.mp4',
        headers: {
          'if-none-match': '*',
          'content-type': 'video/mp4',
          'content-length': '5',
          'x-amz-checksum-sha256': sha256.digest('base64'),
          'x-amz-meta-sha256': hex,
          'x-amz-meta-attempt': '2',
        },
      },
    ]);
    expect(await store.head('job/480p.mp4')).toEqual({
      size: 5,
      etag: createHash('md5').update('bytes').digest('hex'),
      contentType: 'video/mp4',
      sha256: hex,
    });
  });

  it('leaves an object that stands as it is', async () => {
    await put('job/480p.mp4', 'first');
    expect(await put('job/480p.mp4', 'second', 2)).toBe('exists');
    expect(await text(await store.read('job/480p.mp4'))).toBe('first');
  });

  it('streams a large file in parts and makes it appear whole, once', async () => {
    const content = randomBytes(17 * MIB);
    expect(await put('job/1080p.mp4', content)).toBe('created');
    expect(s3.seen.map(({ method, query }) => `${method} ${query['partNumber'] ?? ''}`).sort()).toEqual([
      'POST ',
      'POST ',
      'PUT 1',
      'PUT 2',
      'PUT 3',
    ]);
    expect(s3.seen[0]?.headers).toMatchObject({
      'content-type': 'video/mp4',
      'x-amz-meta-sha256': createHash('sha256').update(content).digest('hex'),
    });
    expect(s3.seen.at(-1)?.headers['if-none-match']).toBe('*');
    expect((await buffer(await store.read('job/1080p.mp4'))).equals(content)).toBe(true);

    expect(await put('job/1080p.mp4', randomBytes(9 * MIB), 2)).toBe('exists');
    expect(s3.seen.at(-1)?.method).toBe('DELETE');
    expect(s3.uploads.size).toBe(0);
    expect(s3.objects.get('job/1080p.mp4')).toHaveLength(1);
  });

  it('asks again when somebody else writes to the key at the same moment', async () => {
    s3.failNext(2, 409, 'ConditionalRequestConflict');
    expect(await put('c', 'bytes')).toBe('created');
    s3.failNext(1, 409, 'ConditionalRequestConflict');
    expect(await put('c', 'late')).toBe('exists');
    s3.failNext(4, 409, 'ConditionalRequestConflict');
    await expect(put('d', 'bytes')).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
  });

  it('reports an outage as retryable and recovers from a short one by itself', async () => {
    s3.failNext(1, 503, 'SlowDown');
    expect(await put('a', 'bytes')).toBe('created');
    s3.failNext(2, 503, 'SlowDown');
    await expect(put('b', 'bytes')).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
    expect(s3.objects.has('b')).toBe(false);
  });
});

describe('read', () => {
  it('asks for the pinned version, or insists on the etag', async () => {
    await put('clip.mp4', 'first');
    const [first] = s3.objects.get('clip.mp4') ?? [];
    const etag = first?.etag ?? '';
    const byVersion = { etag, versionId: first?.versionId ?? '' };
    expect(await text(await store.read('clip.mp4', { pin: { etag, versionId: null } }))).toBe('first');
    expect(s3.seen.at(-1)).toMatchObject({
      query: { 'x-id': 'GetObject' },
      headers: { 'if-match': `"${etag}"` },
    });

    s3.objects
      .get('clip.mp4')
      ?.push({ body: Buffer.from('other'), etag: 'e2', versionId: 'v2', headers: {} });
    expect(await text(await store.read('clip.mp4', { pin: byVersion }))).toBe('first');
    expect(await store.head('clip.mp4', byVersion)).toMatchObject({ size: 5, etag });
    expect(await store.head('clip.mp4', { etag, versionId: null })).toBeUndefined();
    await expect(store.read('clip.mp4', { pin: { etag, versionId: null } })).rejects.toMatchObject({
      code: 'input.missing',
      retryable: false,
      message: expect.stringContaining('replaced by another upload'),
    });
    await expect(store.read('clip.mp4', { pin: { etag, versionId: 'gone' } })).rejects.toMatchObject({
      code: 'input.missing',
      message: expect.stringContaining('gone'),
    });
  });

  it('reads ranges, both ends included', async () => {
    await put('digits', '0123456789');
    expect(await text(await store.read('digits', { range: { start: 3, end: 5 } }))).toBe('345');
    expect(s3.seen.at(-1)?.headers.range).toBe('bytes=3-5');
    await expect(store.read('digits', { range: { start: 10, end: 12 } })).rejects.toThrow(RangeError);
  });

  it.each(['a b+c%20.mp4', 'ünï/日本', "it's (1)!*.mp4", '../up', 'x?y#z&q=1'])(
    'asks for the key %j as it is',
    async (key) => {
      await put(key, 'bytes');
      expect(await text(await store.read(key))).toBe('bytes');
      expect([...s3.objects.keys()]).toEqual([key]);
    },
  );

  it('tells a missing object from an outage', async () => {
    expect(await store.head('nothing')).toBeUndefined();
    await expect(store.read('nothing')).rejects.toMatchObject({ code: 'input.missing', retryable: false });
    s3.failNext(2, 500, 'InternalError');
    await expect(store.head('nothing')).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
    s3.failNext(1, 403, 'AccessDenied');
    await expect(store.read('nothing')).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
  });

  it('stops when aborted, before and while it streams', async () => {
    await put('big', Buffer.alloc(4 * MIB));
    const abort = new AbortController();
    const stream = await store.read('big', { signal: abort.signal });
    abort.abort();
    await expect(buffer(stream)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(store.read('big', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('has no local path', async () => {
    expect(await store.localPath('clip.mp4')).toBeUndefined();
  });
});

describe('signed addresses', () => {
  const grant = (expiresAt: number, clock = Date.now) =>
    createS3UploadGranter({
      client: s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }),
      bucket: 'b',
      clock,
    }).grant({ key: 'up load/ü.mp4', contentType: 'video/mp4', size: 5, expiresAt });

  it('take a put of exactly the granted type and length', async () => {
    const expiresAt = Date.now() + 60_000;
    const { url, ...rest } = await grant(expiresAt);
    expect(rest).toEqual({
      kind: 'put',
      method: 'PUT',
      headers: { 'content-type': 'video/mp4' },
      expiresAt: new Date(expiresAt).toISOString(),
    });
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect(Number(new URL(url).searchParams.get('X-Amz-Expires'))).toBeGreaterThanOrEqual(58);
    expect([...new URL(url).searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);

    const send = async (body: string, contentType: string) =>
      (await fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } })).status;
    expect(await send('longer', 'video/mp4')).toBe(403);
    expect(await send('bytes', 'text/html')).toBe(403);
    expect(s3.objects.size).toBe(0);
    expect(await send('bytes', 'video/mp4')).toBe(200);
    expect(await text(await store.read('up load/ü.mp4'))).toBe('bytes');
  });

  it('expire', async () => {
    const { url, headers } = await grant(Date.now() - 10_000, () => Date.now() - 60_000);
    expect((await fetch(url, { method: 'PUT', body: 'bytes', headers })).status).toBe(403);
  });

  it('give an output with its own type, inline', async () => {
    await put('job/storyboard.vtt', 'WEBVTT');
    const link = await createS3Links({ client: s3.client(), bucket: 'b' })('job/storyboard.vtt', 'text/vtt');
    const response = await fetch(link ?? '', { headers: { range: 'bytes=0-2' } });
    expect(await response.text()).toBe('WEB');
    expect(response.headers.get('content-type')).toBe('text/vtt');
    expect(response.headers.get('content-disposition')).toBe('inline');
    expect(new URL(link ?? '').searchParams.get('X-Amz-Expires')).toBe('300');
  });
});

describe('choice of store', () => {
  it('is the disk for a file address and S3 without one', async () => {
    await writeFile(join(directory, 'b c'), 'x');
    const objectsUrl = new URL(`file://${tmpdir()}/`).href;
    const bucket = directory.slice(tmpdir().length + 1);
    const onDisk = openObjectStore({ objectsUrl, bucket });
    expect(await onDisk.localPath('b c')).toBe(join(directory, 'b c'));
    expect(await openOutputLinks({ objectsUrl, bucket })('b c', 'text/plain')).toBeUndefined();
    expect(await openObjectStore({ objectsUrl: undefined, bucket }).localPath('b c')).toBeUndefined();
    expect(() => openObjectStore({ objectsUrl: 'ftp://x/', bucket })).toThrow(TypeError);
  });
});
