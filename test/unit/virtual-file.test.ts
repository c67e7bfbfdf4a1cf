import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import { openVirtualFile, virtualObject } from '../../shared/tasks/join/virtual-file.ts';

const signal = new AbortController().signal;
const FILES = { v0: randomBytes(3000), v1: randomBytes(700_000), a0: randomBytes(500) };
const HEAD = randomBytes(100);
const PIECES = [
  { path: 'v0', offset: 200, bytes: 1000 },
  { path: 'a0', offset: 40, bytes: 100 },
  { path: 'v0', offset: 1300, bytes: 1700 },
  { path: 'a0', offset: 140, bytes: 360 },
  { path: 'v1', offset: 10, bytes: 100 },
  { path: 'v1', offset: 600_000, bytes: 100_000 },
] as const;
const WHOLE = Buffer.concat([
  HEAD,
  ...PIECES.map(({ path, offset, bytes }) => FILES[path].subarray(offset, offset + bytes)),
]);

let root: string;
let store: ObjectStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-virtual-'));
  for (const [name, content] of Object.entries(FILES)) {
    const file = join(root, 'outputs', 'job', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  store = createFileStore(root, 'outputs');
});
afterAll(() => rm(root, { recursive: true }));

const open = (from: ObjectStore) =>
  openVirtualFile({ store: from, jobId: 'job', head: HEAD, pieces: PIECES });

describe('a joined file that does not exist', () => {
  it.each([
    [0, WHOLE.length],
    [0, 40],
    [90, 110],
    [100, 100],
    [100, 1200],
    [1190, 3300],
    [WHOLE.length - 1, WHOLE.length],
  ])('gives bytes %d to %d', async (start, end) => {
    const file = open(store);
    expect(file.bytes).toBe(WHOLE.length);
    expect((await file.read(start, end, signal)).equals(WHOLE.subarray(start, end))).toBe(true);
  });

  it('can be read as an object', async () => {
    const { store: virtual, key, pin, size } = virtualObject(open(store), signal);
    expect(size).toBe(WHOLE.length);
    expect(await virtual.localPath(key, pin)).toBeUndefined();
    const range = { start: 50, end: 1499 };
    expect(await buffer(await virtual.read(key, { pin, range }))).toEqual(WHOLE.subarray(50, 1500));
    expect(await buffer(await virtual.read(key))).toEqual(WHOLE);
  });

  it('is read again where a read breaks off, and not for ever', async () => {
    let reads = 0;
    const half = (breaks: number): ObjectStore => ({
      ...store,
      async read(key, options) {
        reads += 1;
        const whole = await buffer(await store.read(key, options));
        return Readable.from([reads <= breaks ? whole.subarray(0, whole.length / 2) : whole]);
      },
    });
    const read = (breaks: number) => open(half(breaks)).read(100, 1100, signal);
    expect((await read(2)).equals(WHOLE.subarray(100, 1100))).toBe(true);
    expect(reads).toBe(3);
    await expect(read(100)).rejects.toMatchObject({ code: 'infrastructure', retryable: true });
  });

  it('blames no upload for a file of ours that is gone', async () => {
    const file = openVirtualFile({
      ...{ store, jobId: 'job', head: HEAD },
      pieces: [{ path: 'gone', offset: 0, bytes: 4 }],
    });
    await expect(file.read(100, 104, signal)).rejects.toMatchObject({
      code: 'infrastructure',
      retryable: true,
    });
  });

  it('is not read on once nobody wants it', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(open(store).read(0, 2000, abort.signal)).rejects.toThrow('enough');
  });
});
