import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS_LIMITS } from '../../shared/adapters/aws-limits.ts';
import { type RangeServer, startRangeServer } from '../../shared/adapters/range-server.ts';
import { createS3Store } from '../../shared/adapters/s3-store.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { startTinyS3, type TinyS3 } from '../helpers/tiny-s3.ts';

const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const PIN = { etag: createHash('md5').update(BYTES).digest('hex'), versionId: null };
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
/** Of inactivity, after which the client gives a connection up. */
const QUICK = { requestHandler: { socketTimeout: 100 } };

let s3: TinyS3;
let directory: string;
beforeAll(async () => {
  s3 = await startTinyS3();
  directory = await mkdtemp(join(tmpdir(), 'millrace-ranges-'));
  const file = join(directory, 'clip');
  await writeFile(file, BYTES);
  const store = createS3Store({ client: s3.client(), bucket: 'b' });
  await store.put('clip', file, { contentType: 'video/mp4', sha256: SHA256, attempt: 1 });
});
afterAll(async () => {
  await s3.close();
  await rm(directory, { recursive: true });
});

async function serving(
  store: ObjectStore,
  use: (server: RangeServer) => Promise<void>,
  silenceMs?: number,
): Promise<void> {
  const server = await startRangeServer({ store, key: 'clip', pin: PIN, size: BYTES.length }, silenceMs);
  await use(server).finally(() => server.close());
}

describe('a connection to the store that dies without a word', () => {
  it('is given up, and the read goes on where it broke off', async () => {
    const store = createS3Store({ client: s3.client(QUICK), bucket: 'b' });
    await serving(store, async (server) => {
      s3.seen.length = 0;
      s3.stallNext(1);
      const answer = await fetch(server.url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(BYTES)).toBe(true);
      expect(server.failure()).toBeUndefined();
      const starts = s3.seen.map(({ headers }) => Number(/bytes=(\d+)/.exec(headers.range ?? '')?.[1]));
      // Half of the first piece came.
      expect(starts.slice(0, 3)).toEqual([0, 32_768, 98_304]);
    });
  });

  it('ends a read that nobody resumes', async () => {
    const store = createS3Store({ client: s3.client(QUICK), bucket: 'b' });
    s3.stallNext(1);
    await expect(store.read('clip').then(buffer)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('is waited for for seconds, not for minutes', async () => {
    const client = s3.client();
    await createS3Store({ client, bucket: 'b' }).head('clip');
    expect(client.config.requestHandler).toHaveProperty('config', expect.objectContaining(AWS_LIMITS));
  });
});

describe('a budget', () => {
  const read = async (budget: number) => {
    const store = createS3Store({ client: s3.client(), bucket: 'b' });
    const server = await startRangeServer({ store, key: 'clip', pin: PIN, size: BYTES.length, budget });
    const body = await fetch(server.url).then(
      (answer) =>
        answer.arrayBuffer().then(
          ({ byteLength }) => byteLength,
          () => null,
        ),
      () => null,
    );
    await server.close();
    return { body, failure: server.failure(), spent: server.bytesRead() };
  };

  it('ends a reader that asks for more than a part may', async () => {
    const { body, failure, spent } = await read(100_000);
    expect([body, failure]).toEqual([null, expect.any(NotSplittable)]);
    expect(spent).toBeGreaterThan(100_000);
    expect(spent).toBeLessThan(BYTES.length);
  });

  it('lets through what it covers', async () => {
    const { length } = BYTES;
    expect(await read(length)).toEqual({ body: length, failure: undefined, spent: length });
  });
});

describe('a store that does not answer', () => {
  const silent: ObjectStore = {
    head: () => Promise.resolve(undefined),
    put: () => Promise.resolve('exists'),
    localPath: () => Promise.resolve(undefined),
    read: () => new Promise(() => {}),
  };
  const giveUp = (server: RangeServer, afterMs: number) =>
    expect(
      fetch(server.url, { signal: AbortSignal.timeout(afterMs) }).then((answer) => answer.arrayBuffer()),
    ).rejects.toThrow();

  it('is to blame when the reader is ended', async () => {
    await serving(
      silent,
      async (server) => {
        await giveUp(server, 300);
        expect(server.failure()).toMatchObject({ code: 'infrastructure', retryable: true });
      },
      50,
    );
  });

  it('is not when the reader hangs up soon', async () => {
    await serving(
      silent,
      async (server) => {
        await giveUp(server, 20);
        expect(server.failure()).toBeUndefined();
      },
      5_000,
    );
  });
});
