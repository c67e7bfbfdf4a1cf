import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOfPath, objectPath } from '../../shared/adapters/file-keys.ts';
import { clearTemporaries, findObject, listObjects, objectAt } from '../../shared/adapters/file-objects.ts';
import { createFileStore, replaceObject, temporaryFile } from '../../shared/adapters/file-store.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';

const OPTIONS = { contentType: 'video/mp4', sha256: 'ab', attempt: 1 };
const MISSING = { name: 'MillraceError', code: 'input.missing', retryable: false };

let root: string;
let store: ObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-store-'));
  await mkdir(join(root, 'in'));
  store = createFileStore(root, 'in');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function scratch(content: string): Promise<string> {
  const file = join(root, `scratch-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`);
  await writeFile(file, content);
  return file;
}

async function put(key: string, content: string): Promise<'created' | 'exists'> {
  return store.put(key, await scratch(content), OPTIONS);
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const object of listObjects(root, 'in')) found.push(object.key);
  return found.sort();
}

async function pinOf(key: string) {
  const info = await store.head(key);
  if (info === undefined) throw new Error(`no object ${key}`);
  return { etag: info.etag, versionId: null };
}

describe('paths of keys', () => {
  const encoded = (key: string) => `/r/b/.encoded/${createHash('sha256').update(key).digest('hex')}`;

  it.each([
    ['a.mp4', '/r/b/a.mp4'],
    ['job/480p.mp4', '/r/b/job/480p.mp4'],
    ['with space+plus%41.mp4', '/r/b/with space+plus%41.mp4'],
    ['-rf', '/r/b/-rf'],
    ['ünïcode/日本.mp4', '/r/b/ünïcode/日本.mp4'],
    ['~/a', '/r/b/~/a'],
  ])('spells %j out', (key, path) => {
    expect(objectPath('/r', 'b', key)).toBe(path);
    expect(keyOfPath('/r', 'b', path)).toBe(key);
  });

  it.each([
    '../a',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    '.hidden',
    'a/.tmp/b',
    'a\nb',
    'a\0b',
    'a\\b',
    `a/${'x'.repeat(201)}`,
    `${'日'.repeat(67)}`,
    '\uD800',
  ])('encodes %j', (key) => {
    expect(objectPath('/r', 'b', key)).toBe(encoded(key));
  });

  it.each(['/r/b/.tmp/x', '/r/b/.encoded/x', '/r/b/a/.part', '/r/b', '/r/other/a', '/etc/passwd'])(
    'knows no key of %s',
    (path) => {
      expect(keyOfPath('/r', 'b', path)).toBeUndefined();
    },
  );
});

describe('put and read', () => {
  it.each([
    'clip.mp4',
    'a/b/c d+e%20.mp4',
    '../../escape.mp4',
    '/absolute',
    '-i',
    'tab\there',
    'x/'.repeat(500),
    'y'.repeat(1024),
  ])('keeps %j apart and finds it again', async (key) => {
    expect(await put(key, 'bytes')).toBe('created');
    expect(await store.head(key)).toMatchObject({ size: 5, contentType: null });
    expect(await text(await store.read(key))).toBe('bytes');
    expect(await keys()).toEqual([key]);
    expect((await readdir(root)).sort()).toEqual(['in', expect.stringMatching(/^scratch-/)]);
    const path = await store.localPath(key);
    expect(await objectAt(root, 'in', path ?? '')).toEqual(await findObject(root, 'in', key));
  });

  it('lets the first writer win, one of many', async () => {
    const files = await Promise.all(['one', 'two', 'three', 'four'].map(scratch));
    const made = await Promise.all(files.map((file) => store.put('job/480p.mp4', file, OPTIONS)));
    expect(made.filter((result) => result === 'created')).toHaveLength(1);
    const winner = await readFile(files[made.indexOf('created')] ?? '', 'utf8');
    expect(await text(await store.read('job/480p.mp4'))).toBe(winner);
    expect(await put('job/480p.mp4', 'late')).toBe('exists');
    expect(await text(await store.read('job/480p.mp4'))).toBe(winner);
  });

  it.each([
    ['a', 'a/b'],
    ['a/b', 'a'],
    ['a/b', 'a/b/c/d'],
  ])('holds %s and %s side by side', async (first, second) => {
    expect(await put(first, 'first')).toBe('created');
    expect(await put(second, 'second')).toBe('created');
    expect(await put(first, 'again')).toBe('exists');
    expect(await put(second, 'again')).toBe('exists');
    expect(await text(await store.read(first))).toBe('first');
    expect(await text(await store.read(second))).toBe('second');
    expect(await keys()).toEqual([first, second].sort());
  });

  it('puts an object without copying it', async () => {
    const file = await scratch('linked');
    await store.put('a', file, OPTIONS);
    const object = await findObject(root, 'in', 'a');
    const inScratch = await findObject(root, '.', file.slice(root.length + 1));
    expect(object?.etag).toBe(inScratch?.etag);
  });

  it.skipIf(!existsSync('/dev/shm'))('copies from another device and leaves nothing behind', async () => {
    const elsewhere = await mkdtemp('/dev/shm/millrace-store-');
    try {
      await writeFile(join(elsewhere, 'file'), 'far away');
      expect(await store.put('a', join(elsewhere, 'file'), OPTIONS)).toBe('created');
      expect(await store.put('a', join(elsewhere, 'file'), OPTIONS)).toBe('exists');
      expect(await text(await store.read('a'))).toBe('far away');
      expect(await readdir(join(root, 'in', '.tmp'))).toEqual([]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('reads ranges, both ends included', async () => {
    await put('digits', '0123456789');
    const range = async (start: number, end: number) =>
      text(await store.read('digits', { range: { start, end } }));
    expect(await range(0, 0)).toBe('0');
    expect(await range(3, 5)).toBe('345');
    expect(await range(8, 99)).toBe('89');
    await expect(range(10, 12)).rejects.toThrow(RangeError);
    await expect(range(5, 4)).rejects.toThrow(RangeError);
  });

  it('stops a read that is aborted', async () => {
    await put('big', 'x'.repeat(1_000_000));
    const abort = new AbortController();
    const stream = await store.read('big', { signal: abort.signal });
    abort.abort();
    await expect(text(stream)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(store.read('big', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('pins', () => {
  it('serves the pinned version and says when it was replaced', async () => {
    await put('clip.mp4', 'first');
    const pin = await pinOf('clip.mp4');
    expect(await text(await store.read('clip.mp4', { pin }))).toBe('first');
    expect(await store.localPath('clip.mp4', pin)).toBe(join(root, 'in', 'clip.mp4'));

    const upload = await temporaryFile(root, 'in');
    await writeFile(upload, 'other');
    await replaceObject(root, 'in', 'clip.mp4', upload);
    const replaced = { ...MISSING, message: expect.stringContaining('replaced by another upload') };
    await expect(store.read('clip.mp4', { pin })).rejects.toMatchObject(replaced);
    expect(await store.localPath('clip.mp4', pin)).toBeUndefined();
    expect(await store.head('clip.mp4', pin)).toBeUndefined();
    expect(await text(await store.read('clip.mp4'))).toBe('other');
  });

  it('tells a change of the same length within the same file', async () => {
    await put('clip.mp4', 'first');
    const pin = await pinOf('clip.mp4');
    const path = join(root, 'in', 'clip.mp4');
    await writeFile(path, 'other');
    await utimes(path, new Date(), new Date(Date.now() + 5));
    await expect(store.read('clip.mp4', { pin })).rejects.toMatchObject(MISSING);
  });

  it('says when the object is gone', async () => {
    await put('clip.mp4', 'first');
    const pin = await pinOf('clip.mp4');
    await rm(join(root, 'in', 'clip.mp4'));
    const gone = { ...MISSING, message: expect.stringContaining('gone') };
    await expect(store.read('clip.mp4', { pin })).rejects.toMatchObject(gone);
    expect(await store.localPath('clip.mp4')).toBeUndefined();
    expect(await store.head('clip.mp4')).toBeUndefined();
  });
});

describe('what is dropped into the directory', () => {
  it('follows no link, neither of a file nor of a directory', async () => {
    await mkdir(join(root, 'secret'));
    await writeFile(join(root, 'secret', 'key'), 'secret');
    await symlink(join(root, 'secret', 'key'), join(root, 'in', 'link'));
    await symlink(join(root, 'secret'), join(root, 'in', 'dir'));
    for (const key of ['link', 'dir/key']) {
      await expect(store.read(key)).rejects.toMatchObject(MISSING);
      expect(await store.head(key)).toBeUndefined();
    }
    expect(await keys()).toEqual([]);
    expect(await put('dir/key', 'mine')).toBe('created');
    expect(await put('link', 'mine')).toBe('created');
    expect(await text(await store.read('dir/key'))).toBe('mine');
    expect(await text(await store.read('link'))).toBe('mine');
    expect(await readFile(join(root, 'secret', 'key'), 'utf8')).toBe('secret');
  });

  it('lists files with odd names under the names they have, and no hidden ones', async () => {
    const names = ['line\nbreak.mp4', 'back\\slash.mp4', `${'z'.repeat(230)}.mp4`, 'sub dir/ü.mp4'];
    await mkdir(join(root, 'in', 'sub dir'));
    for (const name of [...names, '.DS_Store', '.clip.mp4.part'])
      await writeFile(join(root, 'in', name), name);
    expect(await keys()).toEqual([...names].sort());
    for (const name of names) expect(await text(await store.read(name))).toBe(name);
  });

  it('hides files on their way in and clears what a crash left of them', async () => {
    const upload = await temporaryFile(root, 'in');
    await writeFile(upload, 'half');
    expect(await keys()).toEqual([]);
    expect(await objectAt(root, 'in', upload)).toBeUndefined();
    await clearTemporaries(root, 'in');
    expect(await readdir(join(root, 'in'))).toEqual([]);
  });

  it('gives later versions of a key later sequencers', async () => {
    const sequencers: string[] = [];
    for (const content of ['one', 'two', 'three']) {
      const upload = await temporaryFile(root, 'in');
      await writeFile(upload, content);
      sequencers.push((await replaceObject(root, 'in', '../odd key', upload)).sequencer);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(sequencers).toEqual([...new Set(sequencers)].sort());
    expect(sequencers.every((sequencer) => /^[0-9a-f]{16}$/.test(sequencer))).toBe(true);
    expect(await text(await store.read('../odd key'))).toBe('three');
    expect(await keys()).toEqual(['../odd key']);
  });

  it('replaces an object whose key has become a directory of others', async () => {
    await put('a/b', 'inner');
    const upload = await temporaryFile(root, 'in');
    await writeFile(upload, 'outer');
    await replaceObject(root, 'in', 'a', upload);
    expect(await keys()).toEqual(['a', 'a/b']);
    await rename(join(root, 'in', 'a', 'b'), join(root, 'in', 'moved'));
    expect(await text(await store.read('a'))).toBe('outer');
  });

  it('lists nothing of a bucket that has no directory', async () => {
    const found = [];
    for await (const object of listObjects(root, 'nowhere')) found.push(object);
    expect(found).toEqual([]);
  });
});
