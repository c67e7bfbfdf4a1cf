import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFilePartUploads } from '../../shared/adapters/file-part-uploads.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import type { PartUploads } from '../../shared/core/ports/part-uploads.ts';
import { type PartTarget, uploadBeginning, uploadWhole } from '../../shared/tasks/join/upload-parts.ts';
import type { VirtualFile } from '../../shared/tasks/join/virtual-file.ts';
import { task } from '../fixtures/jobs.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';

const MIB = 1024 * 1024;
const HEAD = Buffer.from('head');
const MEDIA = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
const WHOLE = Buffer.concat([HEAD, MEDIA]);
const SIZES = { first: 10, next: 20 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-upload-'));
  await mkdir(join(root, 'b'));
});
afterAll(() => rm(root, { recursive: true }));

function fileOf(content: Buffer): VirtualFile {
  return {
    bytes: content.length,
    read: async (start, end) => content.subarray(start, end),
  };
}

/** What a task's record has of its upload, and what workers do with it. */
function openJoin(key: string, uploads: PartUploads = createFilePartUploads(root, 'b')) {
  const record: { upload: string | null } = { upload: null };
  const target: PartTarget = { uploads, key, sizes: SIZES, contentType: 'video/mp4' };
  const context = () => ({
    task: task('480p', { upload: record.upload }),
    signal: new AbortController().signal,
    noteUpload: async (upload: string) => {
      record.upload = upload;
    },
  });
  return {
    record,
    target,
    context,
    begin: (bytes: number) => uploadBeginning(target, context(), fileOf(MEDIA.subarray(0, bytes))),
    end: (verify: () => Promise<unknown> = async () => 'verified') =>
      uploadWhole(target, context(), {
        ...{ file: fileOf(WHOLE), headBytes: HEAD.length },
        ...{ verify, onProgress: () => undefined },
      }),
    parts: async () =>
      record.upload === null
        ? []
        : (await uploads.list(key, record.upload)).map(({ number, bytes }) => [number, bytes]),
    content: async () => buffer(await createFileStore(root, 'b').read(key)),
  };
}

describe('a file that is uploaded while it grows', () => {
  it('sends each part when its bytes are known, the first one last', async () => {
    const upload = openJoin('grows');
    await upload.begin(29);
    expect(upload.record.upload).toBeNull();
    await upload.begin(30);
    expect(await upload.parts()).toEqual([[2, 20]]);
    const put = vi.spyOn(upload.target.uploads, 'put');
    await upload.begin(75);
    expect(put.mock.calls.map(([, , number]) => number)).toEqual([3, 4]);
    const { digest, made, verified } = await upload.end();
    expect(put.mock.calls.map(([, , number]) => number)).toEqual([3, 4, 5, 6, 1]);
    expect({ ...digest, made, verified }).toEqual({
      ...{ bytes: WHOLE.length, made: 'created', verified: 'verified' },
      sha256: createHash('sha256').update(WHOLE).digest('hex'),
    });
    expect(await upload.content()).toEqual(WHOLE);
  });

  it('does not come to be when it is not as planned', async () => {
    const upload = openJoin('invalid');
    await expect(upload.end(() => Promise.reject(new Error('crooked')))).rejects.toThrow('crooked');
    expect((await upload.parts()).map(([number]) => number)).not.toContain(1);
    await expect(upload.content()).rejects.toMatchObject({ code: 'input.missing' });
  });

  it('begins another upload when the noted one is gone, or is not of this file', async () => {
    const upload = openJoin('gone');
    upload.record.upload = 'cafecafe-cafe-4afe-8afe-cafecafecafe';
    await upload.begin(75);
    expect(await upload.parts()).toEqual([
      [2, 20],
      [3, 20],
      [4, 20],
    ]);
    const before = upload.record.upload;
    await upload.target.uploads.put('gone', before, 9, Buffer.from('what is this'));
    await upload.end();
    expect(upload.record.upload).not.toBe(before);
    expect(await upload.content()).toEqual(WHOLE);
  });

  it('puts a part again that was cut off', async () => {
    const upload = openJoin('cut');
    await upload.begin(75);
    await upload.target.uploads.put('cut', upload.record.upload ?? '', 3, Buffer.from('half'));
    await upload.end();
    expect(await upload.content()).toEqual(WHOLE);
  });

  it('is the same wherever workers die', async () => {
    for (let effects = 0; ; effects += 1) {
      const key = `crash-${effects}`;
      const point = crashAfter(effects);
      const upload = openJoin(key, point.wrap(createFilePartUploads(root, 'b')));
      const dead = async () => {
        for (const bytes of [40, 75]) await upload.begin(bytes);
        await upload.end();
      };
      await dead().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      const next = openJoin(key);
      next.record.upload = upload.record.upload;
      if (point.crashed()) await next.end();
      expect(await next.content()).toEqual(WHOLE);
      if (!point.crashed()) break;
    }
  });

  it('is the same when two workers put it together at once', async () => {
    const upload = openJoin('two');
    await upload.begin(40);
    const [one, other] = await Promise.allSettled([upload.end(), upload.end()]);
    const outcome = async (ended: typeof one) => {
      if (ended.status === 'fulfilled') return ended.value;
      // The upload was completed before this one was done with it; a further attempt finds the object.
      expect(ended.reason).toMatchObject({ code: 'infrastructure', retryable: true });
      return upload.end();
    };
    const results = [await outcome(one), await outcome(other)];
    expect(results.map(({ made }) => made).sort()).toEqual(['created', 'exists']);
    expect(new Set(results.map(({ digest }) => digest.sha256)).size).toBe(1);
    expect(await upload.content()).toEqual(WHOLE);
  });

  it('waits for what is on its way before it fails', async () => {
    let running = 0;
    const uploads = createFilePartUploads(root, 'b');
    const failing: PartUploads = {
      ...uploads,
      async put(key, upload, number, body) {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, 5 * number));
        running -= 1;
        if (number === 2) throw new Error('no room');
        await uploads.put(key, upload, number, body);
      },
    };
    await expect(openJoin('full', failing).end()).rejects.toThrow('no room');
    expect(running).toBe(0);
  });

  it('never has more than some parts in memory', async () => {
    let held = 0;
    let most = 0;
    const hold = (bytes: number) => {
      held += bytes;
      most = Math.max(most, held);
    };
    const uploads: PartUploads = {
      begin: async () => 'id',
      async put(_key, _upload, number, { length }) {
        await new Promise((resolve) => setImmediate(resolve));
        if (number > 1) hold(-length);
      },
      list: async () => [],
      complete: async () => 'created',
    };
    const block = Buffer.alloc(MIB);
    const file: VirtualFile = {
      bytes: 200 * MIB,
      async read(start, end) {
        hold(end - start);
        return block.subarray(0, end - start);
      },
    };
    const target = { uploads, key: 'large', sizes: { first: MIB / 2, next: MIB }, contentType: 'video/mp4' };
    await uploadWhole(target, openJoin('large').context(), {
      ...{ file, headBytes: 1000 },
      ...{ verify: async () => undefined, onProgress: () => undefined },
    });
    expect(most).toBeLessThanOrEqual(9 * MIB);
  });
});
