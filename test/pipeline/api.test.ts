import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { JobDocument, JobListDocument } from '../../shared/core/document-schema.ts';
import type { Output } from '../../shared/core/job.ts';
import { UploadResponse } from '../../shared/core/upload-schema.ts';
import { createApp } from '../../shared/edge/http/app.ts';
import { MANIFEST, rendition } from '../fixtures/job-states.ts';
import { header, NOTICE, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';

/** More than every buffer between disk and client. */
const VIDEO = randomBytes(12_000_000);

let dynalite: Dynalite;
let store: JobStore;
let root: string;
let server: ReturnType<typeof serve>;
let base: string;
let reads = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
  store = await dynalite.createStore('api');
  root = await mkdtemp(join(tmpdir(), 'api-'));
  const app = createApp(
    {
      reader: {
        ...store,
        readTasks: (id) => {
          reads += 1;
          return store.readTasks(id);
        },
      },
      lister: store,
      reservations: store,
      granter: {
        grant: async ({ key, expiresAt }) => ({
          kind: 'put',
          method: 'PUT',
          url: `http://uploads.test/${encodeURIComponent(key)}`,
          headers: {},
          expiresAt: new Date(expiresAt).toISOString(),
        }),
      },
      outputs: createFileStore(root, 'outputs'),
      link: async () => undefined,
      newId: randomUUID,
      now: Date.now,
      log: console,
    },
    {
      uploadsBucket: NOTICE.bucket,
      profileHash: 'profile-1',
      maxSourceBytes: 1e9,
      uploadGrantSeconds: 60,
      maxWaitSeconds: 20,
      snapshotMs: 5,
    },
  );
  base = await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
});

afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  await dynalite.stop();
  await rm(root, { recursive: true, force: true });
});

async function reserveUpload(filename: string): Promise<{ jobId: string; key: string }> {
  const response = await fetch(`${base}/v1/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filename, contentType: 'video/mp4', size: NOTICE.size }),
  });
  const { jobId, upload } = UploadResponse.parse(await response.json());
  expect(response.headers.get('location')).toBe(`${base}/v1/jobs/${jobId}`);
  return { jobId, key: decodeURIComponent(new URL(upload.url).pathname.slice(1)) };
}

async function getJob(jobId: string): Promise<JobDocument> {
  const response = await fetch(`${base}/v1/jobs/${jobId}?wait=0`);
  return JobDocument.strict().parse(await response.json());
}

async function commit(jobId: string, output: Output, content: Buffer): Promise<Output> {
  const file = join(root, 'made');
  await writeFile(file, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const key = `${jobId}/${output.path}`;
  await createFileStore(root, 'outputs').put(key, file, {
    contentType: output.contentType,
    sha256,
    attempt: 1,
  });
  await rm(file);
  return { ...output, bytes: content.length, sha256 };
}

describe('the status API over the job store, through sockets', () => {
  test('follows one upload from its reservation to its files', async () => {
    const { jobId, key } = await reserveUpload('holiday +1 ü.mp4');
    const documents = [await getJob(jobId)];
    const look = async () => {
      // Older than a snapshot may be.
      await new Promise((resolve) => setTimeout(resolve, 6));
      documents.push(await getJob(jobId));
    };

    const source = { ...NOTICE, key };
    expect(await store.claimSource(source, 'profile-1', randomUUID(), Date.now())).toEqual({
      kind: 'job',
      jobId,
      isRecorded: false,
    });
    await store.recordJob(header({ id: jobId, source }));
    await look();
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: 'Fits.' } as const;
    await store.recordPlan(jobId, planned, TASKS, Date.now());
    await look();
    const usage = { billedMs: 1000, memoryMb: 1024, vcpuSeconds: 0 };
    for (const { name } of TASKS.filter((task) => task.state === 'pending')) {
      const claim = { jobId, task: name, worker: 'w', attempt: 1 };
      const terms = {
        lane: 'lambda',
        worker: 'w',
        now: Date.now(),
        leaseMs: 60_000,
        deadline: null,
        memoryMb: 1024,
      } as const;
      await store.claim({ ...claim, ...terms });
      await look();
      const beat = { progress: 0.5, memory: null, now: Date.now(), leaseMs: 60_000 };
      await store.heartbeat(claim, beat);
      await look();
      const outputs = name === '480p' ? [await commit(jobId, rendition('480p', 854, 480), VIDEO)] : [];
      await store.settle(claim, { kind: 'succeeded', outputs, warnings: [], usage }, Date.now());
      await look();
    }
    const manifest = await commit(jobId, MANIFEST, Buffer.from('{}'));
    await store.close(jobId, { state: 'completed', error: null, manifest }, Date.now());
    await look();

    const states = documents.map((document) => document.state);
    expect([...new Set(states)]).toEqual(['awaiting_upload', 'queued', 'processing', 'completed']);
    const versions = documents.map((document) => document.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    const progress = documents.map((document) => document.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect([progress.at(0), progress.at(-2), progress.at(-1)]).toEqual([0, 0.99, 1]);

    const last = documents.at(-1);
    expect(last).toMatchObject({ id: jobId, source: { key, width: 1920 }, etaSeconds: null, error: null });
    expect(last?.outputs.map((output) => output.url)).toEqual([
      `${base}/v1/jobs/${jobId}/files/480p.mp4`,
      `${base}/v1/jobs/${jobId}/files/manifest.json`,
    ]);

    const file = await fetch(`${base}/v1/jobs/${jobId}/files/480p.mp4`);
    expect(VIDEO.equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
    const part = await fetch(`${base}/v1/jobs/${jobId}/files/480p.mp4`, {
      headers: { range: 'bytes=1000000-1999999' },
    });
    expect([part.status, part.headers.get('content-length')]).toEqual([206, '1000000']);
    expect(VIDEO.subarray(1_000_000, 2_000_000).equals(Buffer.from(await part.arrayBuffer()))).toBe(true);
    const head = await fetch(`${base}/v1/jobs/${jobId}/files/480p.mp4`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '12000000']);

    const listed = JobListDocument.parse(
      await (await fetch(`${base}/v1/jobs?state=completed&key=${encodeURIComponent(key)}`)).json(),
    );
    expect(listed).toEqual({ jobs: [last], cursor: null });
  });

  test('pages through the list, newest first, and refuses a cursor of its own making', async () => {
    for (const name of ['a.mp4', 'b.mp4', 'c.mp4']) await reserveUpload(name);
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const response = await fetch(`${base}/v1/jobs?limit=2&state=awaiting_upload${from}`);
      const page = JobListDocument.parse(await response.json());
      names.push(...page.jobs.map((job) => job.source.key.split('/')[1] ?? ''));
      cursor = page.cursor;
    }
    expect(names.sort()).toEqual(['a.mp4', 'b.mp4', 'c.mp4']);
    expect((await fetch(`${base}/v1/jobs?cursor=bm9uc2Vuc2U`)).status).toBe(400);
  });

  test('stops looking when the client that waits hangs up', async () => {
    const { jobId } = await reserveUpload('waits.mp4');
    const waiting = request(`${base}/v1/jobs/${jobId}?wait=20`).end();
    const hungUp = new Promise((resolve) => waiting.once('error', resolve));
    const before = reads;
    while (reads < before + 3) await new Promise((resolve) => setTimeout(resolve, 10));
    waiting.destroy();
    await hungUp;
    // Longer than several polls; reads that were under way may still end.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const after = reads;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(reads).toBe(after);
  });

  test('a client that leaves in the middle of a file leaves it closed', async () => {
    const listed = JobListDocument.parse(await (await fetch(`${base}/v1/jobs?state=completed`)).json());
    const url = listed.jobs[0]?.outputs[0]?.url ?? '';
    const openAtFirstByte = await new Promise<number>((resolve, reject) => {
      const leaving = request(url, (response) => {
        response.once('data', () => {
          response.pause();
          openBelow(root).then((count) => {
            response.destroy();
            resolve(count);
          }, reject);
        });
      });
      leaving.once('error', reject).end();
    });
    expect(openAtFirstByte).toBe(1);
    while ((await openBelow(root)) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

/** How many files below `directory` this process has open. */
async function openBelow(directory: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const paths = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory)).length;
}
