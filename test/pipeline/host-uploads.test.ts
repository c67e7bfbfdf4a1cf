import { mkdir, open, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { known } from '../../infra/local/broker.ts';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { UploadResponse } from '../../shared/core/upload-schema.ts';
import { temporaryHome } from '../helpers/temporary-home.ts';

let home: Awaited<ReturnType<typeof temporaryHome>>;
let stack: Stack;

beforeAll(async () => {
  home = await temporaryHome();
  await mkdir(path.join(home.path, 'uploads'));
  await writeFile(path.join(home.path, 'uploads', 'before the start.mp4'), 'here already');
  stack = await startStack({ home: home.path, functions: [] });
});

afterAll(async () => {
  await stack.stop();
  await home.remove();
});

interface Announced {
  readonly key: string;
  readonly size: number;
  readonly sequencer: string;
}

/** Takes announcements off the queue until one is about `key`, which is given as S3 writes it; that one is the last. */
async function announcedUntil(key: string): Promise<Announced[]> {
  const url = known(stack.broker.queues, 'UploadsQueue').url;
  const taken: Announced[] = [];
  for (;;) {
    const { Messages = [] } = await stack.broker.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20, MaxNumberOfMessages: 1 }),
    );
    for (const message of Messages) {
      const object = JSON.parse(message.Body ?? '').Records[0].s3.object;
      taken.push(object);
      if (object.key === key) return taken;
    }
  }
}

async function announced(key: string): Promise<Announced> {
  return (await announcedUntil(key)).at(-1) ?? expect.fail(`${key} was not announced.`);
}

async function askForUpload(body: object, host = 'localhost'): Promise<UploadResponse> {
  const response = await fetch(`${stack.url.replace('localhost', host)}/v1/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
  return UploadResponse.parse(await response.json());
}

const clip = { filename: 'a+b ü.mp4', contentType: 'video/mp4', size: 5 };

describe('files in the uploads directory', () => {
  test('that were there before the start are uploads', async () => {
    expect(await announced('before+the+start.mp4')).toMatchObject({ size: 12 });
  });

  test('are announced once they have stopped growing, empty ones too', async () => {
    const directory = path.join(home.path, 'uploads', 'holiday');
    await mkdir(directory);
    await writeFile(path.join(directory, 'empty.mp4'), '');
    expect(await announced('holiday/empty.mp4')).toMatchObject({ size: 0 });
  });

  test('are announced only when their writer is done, however long it pauses', async () => {
    const writer = await open(path.join(home.path, 'uploads', 'slow.mp4'), 'w');
    await writer.write('first half, ');
    // Written after the pause began, and announced before it ends.
    await writeFile(path.join(home.path, 'uploads', 'quick.mp4'), 'quick');
    expect((await announcedUntil('quick.mp4')).map(({ key }) => key)).not.toContain('slow.mp4');
    await writer.write('second half');
    await writer.close();
    expect(await announced('slow.mp4')).toMatchObject({ size: 23 });
  });

  test('that hide behind a dot or a link are not', async () => {
    await writeFile(path.join(home.path, 'outside.mp4'), 'outside');
    await symlink(path.join(home.path, 'outside.mp4'), path.join(home.path, 'uploads', 'link.mp4'));
    await writeFile(path.join(home.path, 'uploads', '.part.mp4'), 'part');
    await writeFile(path.join(home.path, 'uploads', 'visible.mp4'), 'visible');
    await announced('visible.mp4');
    const queue = known(stack.broker.queues, 'UploadsQueue');
    const { Messages = [] } = await stack.broker.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }),
    );
    expect(Messages).toEqual([]);
  });

  test('replaced by an older file are new uploads, later than the first', async () => {
    const file = path.join(home.path, 'uploads', 'again.mp4');
    await writeFile(file, 'first');
    const first = await announced('again.mp4');
    await stack.store.recordJob(jobOf('again.mp4', first.sequencer));
    const older = path.join(home.path, 'older.mp4');
    await writeFile(older, 'older file');
    await utimes(older, 1_000_000, 1_000_000);
    await rename(older, file);
    const second = await announced('again.mp4');
    expect(second.size).toBe(10);
    expect(second.sequencer > first.sequencer).toBe(true);
  });
});

describe('an upload address', () => {
  test('takes what was granted, under the name the client used, and announces it', async () => {
    const { upload } = await askForUpload(clip, '127.0.0.1');
    expect(new URL(upload.url).hostname).toBe('127.0.0.1');
    const put = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'hello' });
    expect(put.status).toBe(200);
    expect(put.headers.get('access-control-allow-origin')).toBe('*');
    const [payload = ''] = (upload.url.split('/uploads/')[1] ?? '').split('.');
    const { key } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(key).toMatch(/^[^/]+\/a\+b ü\.mp4$/);
    expect(await readFile(path.join(home.path, 'uploads', key), 'utf8')).toBe('hello');
    await announced(`${key.split('/')[0]}/a%2Bb+%C3%BC.mp4`);
  });

  test.each([
    [
      'another type',
      { 'content-type': 'text/html' },
      'hello',
      'Content-Type must be video/mp4, found text/html.',
    ],
    ['another length', { 'content-type': 'video/mp4' }, 'hello!', 'Content-Length must be 5, found 6.'],
  ])('refuses %s', async (_, headers, body, detail) => {
    const { upload } = await askForUpload(clip);
    const put = await fetch(upload.url, { method: 'PUT', headers, body });
    expect(put.status).toBe(403);
    expect(put.headers.get('content-type')).toBe('application/problem+json');
    expect(await put.json()).toMatchObject({ status: 403, code: 'auth.invalid', detail });
  });

  test('refuses a changed address', async () => {
    const { upload } = await askForUpload(clip);
    const [payload = '', signature = ''] = (upload.url.split('/uploads/')[1] ?? '').split('.');
    const grant = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...grant, key: 'elsewhere.mp4' })).toString('base64url');
    const put = await fetch(`${stack.url}/uploads/${forged}.${signature}`, {
      method: 'PUT',
      headers: upload.headers,
      body: 'hello',
    });
    expect(put.status).toBe(403);
    expect(await readdir(path.join(home.path, 'uploads'))).not.toContain('elsewhere.mp4');
  });

  test('answers other methods as the API does, to any page', async () => {
    const { upload } = await askForUpload(clip);
    const get = await fetch(upload.url);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'PUT, OPTIONS']);
    expect(get.headers.get('access-control-allow-origin')).toBe('*');
    expect(get.headers.get('content-type')).toBe('application/problem+json');
    expect(await get.json()).toMatchObject({ status: 405, code: 'route.method_not_allowed' });
  });

  test('leaves nothing behind when the client goes away', async () => {
    const { upload } = await askForUpload({ ...clip, size: 5_000_000 });
    const leaving = new AbortController();
    const slow = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1_000_000));
        setTimeout(() => leaving.abort(), 100);
      },
    });
    const request = new Request(upload.url, {
      method: 'PUT',
      headers: { ...upload.headers, 'content-length': '5000000' },
      body: slow,
      duplex: 'half',
      signal: leaving.signal,
    });
    await expect(fetch(request)).rejects.toThrow();
    const temporary = path.join(home.path, 'uploads', '.tmp');
    await expect.poll(() => readdir(temporary)).toEqual([]);
  });
});

/** A job of the key as dispatch records it. */
function jobOf(key: string, sequencer: string) {
  const now = new Date().toISOString();
  return {
    id: `job-of-${key}`,
    state: 'queued',
    step: 'recorded',
    createdAt: now,
    updatedAt: now,
    revision: 1,
    profileHash: '0123456789abcdef',
    source: { bucket: 'uploads', key, size: 5, etag: 'an-etag', versionId: null, sequencer },
    probe: null,
    plan: null,
    lane: 'lambda',
    laneReason: 'Because a test says so.',
    error: null,
    playlist: null,
    manifest: null,
    announcedAt: null,
  } as const;
}
