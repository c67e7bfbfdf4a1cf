import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../shared/adapters/media-opener.ts';
import { readEnds } from '../../shared/adapters/read-ends.ts';
import type { FileEnds } from '../../shared/core/breaks-off.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { MediaObject } from '../../shared/core/ports/media.ts';
import type { ByteRange, ObjectStore } from '../../shared/core/ports/object-store.ts';
import { type ClipFolder, createClipFolder, H264, picture } from '../helpers/clips.ts';

let clips: ClipFolder;
let scratch: string;
beforeAll(async () => {
  clips = await createClipFolder();
  scratch = await mkdtemp(join(os.tmpdir(), 'opener-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
  await clips.remove();
});

const PIN = { etag: 'e', versionId: null };

/** A store in memory that notes what is read; `fail` may throw before a read, or break it off after some bytes. */
function memoryStore(bytes: Buffer, fail: (read: number) => 'break' | undefined = () => undefined) {
  const ranges: ByteRange[] = [];
  const store: ObjectStore = {
    head: () => Promise.resolve({ size: bytes.length, etag: 'e', contentType: null }),
    put: () => Promise.reject(new Error('read only')),
    localPath: () => Promise.resolve(undefined),
    read: async (_key, { range, pin } = {}) => {
      const { start, end } = range ?? { start: 0, end: bytes.length - 1 };
      ranges.push({ start, end });
      expect(pin).toEqual(PIN);
      const whole = bytes.subarray(start, end + 1);
      return Readable.from([fail(ranges.length) === 'break' ? whole.subarray(0, 10) : whole]);
    },
  };
  const object: MediaObject = { store, key: 'odd\n-key', pin: PIN, size: bytes.length };
  return { object, ranges };
}

async function tool() {
  const { ffprobe } = await findMediaBinaries({});
  return createFfprobe({ program: ffprobe, limits: { maxPixels: 40_000_000, maxSeconds: 21_600 } });
}

describe('over loopback', () => {
  const BYTES = Buffer.from(Array.from({ length: 9 * 1024 * 1024 }, (_, index) => index % 251));

  it.each([10, 5000, 200_000])('gives both ends of %i bytes, as a disk does', async (size) => {
    const bytes = BYTES.subarray(0, size);
    const file = join(scratch, `ends-${size}`);
    await writeFile(file, bytes);
    const opened = await createMediaOpener(scratch)(memoryStore(bytes).object);
    const ends = await readEnds(opened.input).finally(() => opened.close());
    const expected = { size, head: [...bytes.subarray(0, 4096)], tail: [...bytes.subarray(-132_000)] };
    const plain = (found: FileEnds) => ({ ...found, head: [...found.head], tail: [...found.tail] });
    expect(plain(ends)).toEqual(expected);
    expect(plain(await readEnds({ url: `file:${file}`, protocols: 'file' }))).toEqual(expected);
  });

  it('says why the ends cannot be read', async () => {
    const opened = await createMediaOpener(scratch)(memoryStore(BYTES.subarray(0, 10)).object);
    const elsewhere = { ...opened.input, url: `${opened.input.url}/else` };
    await expect(readEnds(elsewhere)).rejects.toThrow('status 404');
    await opened.close();
  });

  it('answers ranges, in pieces that grow with what is read', async () => {
    const { object, ranges } = memoryStore(BYTES);
    const opened = await createMediaOpener(scratch)(object);
    const get = async (range?: string) => {
      const response = await fetch(opened.input.url, range === undefined ? {} : { headers: { range } });
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, contentRange: response.headers.get('content-range'), body };
    };
    expect(await get('bytes=5-14')).toEqual({
      status: 206,
      contentRange: `bytes 5-14/${BYTES.length}`,
      body: BYTES.subarray(5, 15),
    });
    expect((await get('bytes=-3')).body).toEqual(BYTES.subarray(-3));
    expect((await get(`bytes=${BYTES.length}-`)).status).toBe(416);
    ranges.length = 0;
    const whole = await get();
    expect([whole.status, whole.body.equals(BYTES)]).toEqual([200, true]);
    const sizes = ranges.map(({ start, end }) => (end + 1 - start) / 1024);
    // A sixteenth of what has been read, and at least 64 KiB.
    expect(sizes.slice(0, 17)).toEqual(Array.from({ length: 17 }, () => 64));
    expect(sizes.slice(17, -1).every((size, index) => size >= (sizes[index + 16] ?? 0) && size < 1024)).toBe(
      true,
    );
    expect(ranges.every(({ start }, index) => start === (ranges[index - 1]?.end ?? -1) + 1)).toBe(true);
    expect((await fetch(opened.input.url.replace(/\/[^/]+\/source$/, '/guess/source'))).status).toBe(404);
    expect(await opened.failure()).toBeUndefined();
    await opened.close();
    await expect(fetch(opened.input.url)).rejects.toThrow();
  });

  it('continues where a read broke off', async () => {
    const { object, ranges } = memoryStore(BYTES, (read) => (read === 1 ? 'break' : undefined));
    const opened = await createMediaOpener(scratch)(object);
    const body = Buffer.from(
      await (await fetch(opened.input.url, { headers: { range: 'bytes=0-99' } })).arrayBuffer(),
    );
    expect([body.equals(BYTES.subarray(0, 100)), ranges]).toEqual([
      true,
      [
        { start: 0, end: 99 },
        { start: 10, end: 99 },
      ],
    ]);
    await opened.close();
  });

  it('lets ffprobe seek to an index at the end', async () => {
    const bytes = await readFile(await clips.make('at-end.mp4', [...picture({ seconds: 2 }), ...H264]));
    const { object } = memoryStore(bytes);
    const opened = await createMediaOpener(scratch)(object);
    expect(await (await tool()).probe(opened.input)).toMatchObject({
      durationSeconds: 2,
      video: { frames: 50 },
    });
    expect(await opened.failure()).toBeUndefined();
    await opened.close();
  });

  it('remembers that the object was gone', async () => {
    const gone = new MillraceError('input.missing', 'Gone.');
    const { object } = memoryStore(BYTES, () => {
      throw gone;
    });
    const opened = await createMediaOpener(scratch)(object);
    await expect((await tool()).probe(opened.input)).rejects.toThrow(MillraceError);
    expect(await opened.failure()).toBe(gone);
    await opened.close();
  });
});

describe('from disk', () => {
  it('reads an oddly named file under a constant name', async () => {
    const root = join(scratch, 'store');
    await mkdir(join(root, 'uploads'), { recursive: true });
    const key = '-i a%20b + ü.mp4';
    const file = join(root, 'uploads', key);
    await writeFile(file, await readFile(await clips.make('disk.mp4', [...picture(), ...H264])));
    const store = createFileStore(root, 'uploads');
    const info = await store.head(key);
    const pin = { etag: info?.etag ?? '', versionId: null };
    const links = join(scratch, 'links');
    await mkdir(links);
    const opened = await createMediaOpener(links)({ store, key, pin, size: (await stat(file)).size });
    expect(opened.input).toEqual({ url: expect.stringMatching(/^file:.*\/source$/), protocols: 'file' });
    expect(await (await tool()).probe(opened.input)).toMatchObject({ durationSeconds: 1 });
    expect(await opened.failure()).toBeUndefined();
    await rm(file);
    expect(await opened.failure()).toMatchObject({ code: 'input.missing' });
    await opened.close();
    expect(await readdir(links)).toEqual([]);
  });

  it('refuses an empty object', async () => {
    const { object } = memoryStore(Buffer.alloc(0));
    await expect(createMediaOpener(scratch)(object)).rejects.toMatchObject({ code: 'input.empty' });
  });
});
