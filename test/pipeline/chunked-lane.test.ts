import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobDocument } from '../../shared/core/document-schema.ts';
import { isTerminalJob } from '../../shared/core/job.ts';
import { Manifest } from '../../shared/core/manifest.ts';
import { wrapFfmpeg } from '../helpers/containers.ts';
import { readPlaylists } from '../helpers/read-playlists.ts';
import { runFfmpeg } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const SECONDS = 16;

let folder: string;
let clip: string;
let service: TestStack;
/** Process groups of functions, by the chunk that they were last asked for. */
const makers = new Map<string, number>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-chunked-'));
  clip = path.join(folder, 'clip.mp4');
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', `testsrc2=s=160x120:r=8:d=${SECONDS}`],
    ...['-f', 'lavfi', '-i', `sine=d=${SECONDS}:r=48000`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '16', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  ]);
  // The first chunk takes as long as it lasts.
  const ffmpeg = await wrapFfmpeg(path.join(folder, 'slow'), ['480p.mp4']);
  service = await startTestStack({
    lane: 'chunked',
    leaseSeconds: 2,
    workersPerFunction: 2,
    // Chunks of one segment of 6 s: three of them.
    environment: { X264_PRESET: 'ultrafast', CHUNK_SEGMENTS: '1', FFMPEG_PATH: ffmpeg.path },
  });
  service.stack.host.events.on('started', ({ event, pid }) => {
    const [chunk] = JSON.stringify(event).match(/chunk-\d{5}/) ?? [];
    if (chunk !== undefined) makers.set(chunk, pid);
  });
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every document until the job has ended. */
async function follow(jobId: string): Promise<JobDocument[]> {
  const seen: JobDocument[] = [];
  let known: Record<string, string> = {};
  for (;;) {
    const wait = seen.length === 0 ? 0 : 20;
    const url = `${service.stack.url}/v1/jobs/${jobId}?wait=${wait}`;
    const response = await fetch(url, { headers: known });
    if (response.status === 304) continue;
    known = { 'If-None-Match': response.headers.get('etag') ?? '' };
    const job = JobDocument.parse(await response.json());
    seen.push(job);
    if (isTerminalJob(job.state)) return seen;
  }
}

function expectNeverLess(values: readonly number[]): void {
  expect(values).toEqual([...values].sort((a, b) => a - b));
}

/** Kills whoever makes the first chunk that is heard of while it is being made; gives its name. */
async function killMaker(jobId: string): Promise<string> {
  for (;;) {
    const chunks = (await service.stack.store.read(jobId))?.chunks ?? [];
    const { name } =
      chunks.find(({ name: chunk, lease }) => lease?.memory && chunk.startsWith('chunk')) ?? {};
    const pid = name === undefined ? undefined : makers.get(name);
    if (name !== undefined && pid !== undefined) {
      process.kill(-pid, 'SIGKILL');
      return name;
    }
    if (chunks.length > 0 && chunks.every(({ state }) => state === 'succeeded')) {
      throw new Error('All chunks were made before one could be killed.');
    }
    await delay(20);
  }
}

test('a job is made of chunks, though the worker of one is killed', async () => {
  await service.putFile('cut.mp4', clip);
  const { id } = await service.jobOf('cut.mp4');
  const [killed, documents] = await Promise.all([killMaker(id), follow(id)]);
  const job = documents.at(-1) ?? expect.fail('No document.');

  expect([job.state, job.error, job.lane, job.warnings]).toEqual(['completed', null, 'chunked', []]);
  expect(job.tasks.map(({ name, state, lane, attempt }) => [name, state, lane, attempt])).toEqual([
    ['480p', 'succeeded', 'chunked', 1],
    ['720p', 'skipped', 'chunked', 0],
    ['1080p', 'skipped', 'chunked', 0],
    ['thumbnails', 'succeeded', 'chunked', 1],
  ]);
  expect(job.chunks).toEqual({ total: 4, pending: 0, running: 0, succeeded: 4, failed: 0, canceled: 0 });
  expect(job.outputs.map(({ name }) => name)).toEqual([
    '480p',
    '480p.m3u8',
    '480p-keyframes.m3u8',
    'audio.m3u8',
    'poster.jpg',
    'poster.webp',
    'storyboard-000.jpg',
    'storyboard.vtt',
    'master.m3u8',
    'manifest',
  ]);
  expect(job.outputs[0]?.durationSeconds).toBeCloseTo(SECONDS, 1);
  expectNeverLess(documents.map(({ progress }) => progress));
  expectNeverLess(documents.map(({ tasks }) => tasks[0]?.progress ?? 0));
  expect(
    documents.some(({ tasks, chunks }) => tasks[0]?.state === 'running' && (chunks?.running ?? 0) > 0),
  ).toBe(true);

  await service.quiet();
  const chunks = (await service.stack.store.read(id))?.chunks ?? [];
  expect(chunks.map(({ name, attempt }) => [name, attempt])).toEqual(
    ['chunk-00000', 'chunk-00001', 'chunk-00002', 'audio-00000'].map((name) => [
      name,
      name === killed ? 2 : 1,
    ]),
  );
  expect(await service.outputFiles(id)).toEqual(
    [
      ...chunks.flatMap(({ media }) => media.map((file) => file.path)),
      ...job.outputs.map(({ key }) => key.slice(id.length + 1)),
    ].sort(),
  );
  expect(await service.scratchFiles()).toEqual([]);
  const playlist = await fetch(`${service.stack.url}/v1/jobs/${id}/files/hls/480p.m3u8`);
  expect((await playlist.text()).match(/^480p\/\d+\.mp4$/gm)).toEqual([
    '480p/00000.mp4',
    '480p/00001.mp4',
    '480p/00002.mp4',
  ]);
  const folderOfJob = path.join(service.stack.home.bucket('outputs'), id);
  const { ranges } = await readPlaylists(folderOfJob);
  expect([...ranges].map(([track, listed]) => [track, listed.length]).sort()).toEqual([
    ['480p', 3],
    ['480p-keyframes', 8],
    ['audio', 3],
  ]);
  const manifest = Manifest.parse(
    JSON.parse(await readFile(path.join(folderOfJob, 'manifest.json'), 'utf8')),
  );
  expect(manifest.media.map((file) => file.path)).toEqual(
    chunks.flatMap(({ media }) => media.map((file) => file.path)),
  );
});

test('a container makes a job of a damaged source, whose chunks cannot be trusted', async () => {
  const bytes = await readFile(clip);
  // Somewhere in the pictures of the last seconds.
  bytes.fill(0x55, Math.floor(bytes.length * 0.7), Math.floor(bytes.length * 0.72));
  await service.put('damaged.mp4', bytes);
  const documents = await follow((await service.jobOf('damaged.mp4')).id);
  const job = documents.at(-1) ?? expect.fail('No document.');

  expect([job.state, job.error, job.lane]).toEqual(['completed', null, 'batch']);
  expect(job.laneReason).toMatch(
    / \((chunk|audio)-0000\d\); a container makes the video in one piece instead\.$/,
  );
  expect(job.warnings.map(({ code }) => code)).toEqual(['source.incomplete']);
  expect(job.tasks.map(({ name, state, lane }) => [name, state, lane])).toEqual([
    ['480p', 'succeeded', 'batch'],
    ['720p', 'skipped', 'chunked'],
    ['1080p', 'skipped', 'chunked'],
    ['thumbnails', 'succeeded', 'batch'],
  ]);
  expect(job.chunks).toMatchObject({ total: 4, pending: 0, running: 0 });
  expect(job.chunks?.failed).toBeGreaterThan(0);
  expectNeverLess(documents.map(({ progress }) => progress));
  expectNeverLess(documents.map(({ tasks }) => tasks[0]?.progress ?? 0));
  await service.quiet();
  expect(await service.scratchFiles()).toEqual([]);
});
