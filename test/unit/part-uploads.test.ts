import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFilePartUploads } from '../../shared/adapters/file-part-uploads.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { openPartUploads } from '../../shared/adapters/object-store.ts';
import { createS3PartUploads } from '../../shared/adapters/s3-part-uploads.ts';
import { createS3Store } from '../../shared/adapters/s3-store.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import type { PartUploads } from '../../shared/core/ports/part-uploads.ts';
import { startTinyS3, type TinyS3 } from '../helpers/tiny-s3.ts';

const KEY = 'job/480p.mp4';
const GONE = { code: 'infrastructure', retryable: true };
const bytes = (content: string) => new TextEncoder().encode(content);

let root: string;
let s3: TinyS3;

beforeAll(async () => {
  s3 = await startTinyS3();
});
afterAll(() => s3.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-parts-'));
  await mkdir(join(root, 'b'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
  s3.seen.length = 0;
  s3.objects.clear();
});

interface Bucket {
  readonly uploads: PartUploads;
  readonly store: ObjectStore;
}

const BUCKETS: readonly [string, () => Bucket][] = [
  ['on disk', () => ({ uploads: createFilePartUploads(root, 'b'), store: createFileStore(root, 'b') })],
  [
    'on S3',
    () => ({
      uploads: createS3PartUploads({ client: s3.client(), bucket: 'b' }),
      store: createS3Store({ client: s3.client(), bucket: 'b' }),
    }),
  ],
];

describe.each(BUCKETS)('an upload by parts %s', (_name, open) => {
  it('becomes an object when it is completed, whatever the order of its parts', async () => {
    const { uploads, store } = open();
    const upload = await uploads.begin(KEY, 'video/mp4');
    expect(await uploads.list(KEY, upload)).toEqual([]);
    await uploads.put(KEY, upload, 3, bytes('three'));
    await uploads.put(KEY, upload, 2, bytes('old'));
    await uploads.put(KEY, upload, 2, bytes('two-'));
    await uploads.put(KEY, upload, 1, bytes('one-'));
    expect(await uploads.list(KEY, upload)).toEqual([
      { number: 1, bytes: 4 },
      { number: 2, bytes: 4 },
      { number: 3, bytes: 5 },
    ]);
    expect(await store.head(KEY)).toBeUndefined();
    expect(await uploads.complete(KEY, upload)).toBe('created');
    expect(await text(await store.read(KEY))).toBe('one-two-three');
  });

  it('finds what it has made when it is completed again', async () => {
    const { uploads, store } = open();
    const upload = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, upload, 1, bytes('one'));
    await uploads.complete(KEY, upload);
    expect(await uploads.list(KEY, upload)).toEqual([]);
    expect(await uploads.complete(KEY, upload)).toBe('exists');
    await expect(uploads.put(KEY, upload, 1, bytes('late'))).rejects.toMatchObject(GONE);
    expect(await text(await store.read(KEY))).toBe('one');
  });

  it('leaves an object that stands at the key as it is', async () => {
    const { uploads, store } = open();
    const late = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, late, 1, bytes('late'));
    const first = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, first, 1, bytes('first'));
    expect(await uploads.complete(KEY, first)).toBe('created');
    expect(await uploads.complete(KEY, late)).toBe('exists');
    expect(await uploads.list(KEY, late)).toEqual([]);
    expect(await text(await store.read(KEY))).toBe('first');
  });

  it('says that it is gone when there is neither upload nor object', async () => {
    const { uploads } = open();
    const upload = 'cafecafe-cafe-4afe-8afe-cafecafecafe';
    expect(await uploads.list(KEY, upload)).toEqual([]);
    await expect(uploads.put(KEY, upload, 1, bytes('one'))).rejects.toMatchObject(GONE);
    await expect(uploads.complete(KEY, upload)).rejects.toMatchObject(GONE);
    expect(await uploads.list(KEY, '../../etc')).toEqual([]);
  });
});

describe('parts on disk', () => {
  it('are never visible, and nothing is left of them in the end', async () => {
    const uploads = createFilePartUploads(root, 'b');
    const upload = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, upload, 1, bytes('one'));
    expect((await readdir(join(root, 'b'))).filter((name) => !name.startsWith('.'))).toEqual([]);
    const [first, second] = await Promise.all([uploads.complete(KEY, upload), uploads.complete(KEY, upload)]);
    expect([first, second].sort()).toEqual(['created', 'exists']);
    expect(await readdir(join(root, 'b', '.tmp'))).toEqual([]);
  });

  it('leave their directory only by an id of theirs', async () => {
    const uploads = createFilePartUploads(root, 'b');
    await expect(uploads.put(KEY, '../../x', 1, bytes('one'))).rejects.toMatchObject(GONE);
    await expect(uploads.complete(KEY, '../../x')).rejects.toMatchObject(GONE);
    expect(await readdir(root)).toEqual(['b']);
  });
});

describe('parts on S3', () => {
  it('are listed page by page and completed on condition', async () => {
    const uploads = createS3PartUploads({ client: s3.client(), bucket: 'b' });
    s3.partsPerPage = 2;
    const upload = await uploads.begin(KEY, 'video/mp4');
    for (let number = 1; number <= 5; number += 1) await uploads.put(KEY, upload, number, bytes(`${number}`));
    expect((await uploads.list(KEY, upload)).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(await uploads.complete(KEY, upload)).toBe('created');
    s3.partsPerPage = 1000;
    expect(s3.objects.get(KEY)?.map(({ body, headers }) => [String(body), headers['content-type']])).toEqual([
      ['12345', 'video/mp4'],
    ]);
    expect(s3.seen[0]?.headers).toMatchObject({ 'x-amz-checksum-algorithm': 'CRC32' });
    expect(s3.seen[1]?.headers).toHaveProperty('x-amz-checksum-crc32');
    expect(s3.seen.at(-1)?.headers).toMatchObject({ 'if-none-match': '*' });
  });

  it('are completed once more when somebody else writes to the key at the same moment', async () => {
    const uploads = createS3PartUploads({ client: s3.client({ maxAttempts: 1 }), bucket: 'b' });
    const upload = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, upload, 1, bytes('one'));
    const { length } = s3.seen;
    const client = s3.client({ maxAttempts: 1 });
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (context['commandName'] === 'CompleteMultipartUploadCommand' && s3.seen.length === length + 1) {
          s3.failNext(1, 409, 'ConditionalRequestConflict');
        }
        return next(args);
      },
      { step: 'build' },
    );
    const late = createS3PartUploads({ client, bucket: 'b' });
    expect(await late.complete(KEY, upload)).toBe('created');
    expect(s3.seen.slice(length).map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  it('report an outage as retryable', async () => {
    const uploads = createS3PartUploads({ client: s3.client({ maxAttempts: 1 }), bucket: 'b' });
    const upload = await uploads.begin(KEY, 'video/mp4');
    for (const act of [
      () => uploads.begin(KEY, 'video/mp4'),
      () => uploads.put(KEY, upload, 1, bytes('one')),
      () => uploads.list(KEY, upload),
      () => uploads.complete(KEY, upload),
    ]) {
      s3.failNext(1, 503, 'SlowDown');
      await expect(act()).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
    }
  });
});

describe('choice of uploads', () => {
  it('is the disk for a file address', async () => {
    const uploads = openPartUploads({ objectsUrl: pathToFileURL(root).href, bucket: 'b' });
    const upload = await uploads.begin(KEY, 'video/mp4');
    await uploads.put(KEY, upload, 1, bytes('one'));
    await uploads.complete(KEY, upload);
    expect(await text(await createFileStore(root, 'b').read(KEY))).toBe('one');
    expect(() => openPartUploads({ objectsUrl: 'ftp://x/', bucket: 'b' })).toThrow(TypeError);
  });
});
