import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UploadResponse } from '../../shared/core/upload-schema.ts';
import { readPlaylists } from '../helpers/read-playlists.ts';
import { makeStampClip } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const clip = path.join(os.tmpdir(), `millrace-upload-clip-${process.pid}.mp4`);
let service: TestStack;

beforeAll(async () => {
  await makeStampClip(clip, { seconds: 3, size: '1280x720', frameRate: '25', audio: true });
  service = await startTestStack();
});
afterAll(async () => {
  await service.stop();
  await rm(clip, { force: true });
});

test('an upload through the API becomes renditions, thumbnails, a manifest and one event', async () => {
  const bytes = await readFile(clip);
  const asked = await fetch(`${service.stack.url}/v1/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filename: 'holiday film.mp4', contentType: 'video/mp4', size: bytes.length }),
  });
  expect(asked.status).toBe(201);
  const { jobId, upload } = UploadResponse.parse(await asked.json());
  const waiting = await fetch(`${service.stack.url}/v1/jobs/${jobId}`);
  expect(await waiting.json()).toMatchObject({ id: jobId, state: 'awaiting_upload' });

  const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });
  expect(put.ok).toBe(true);
  const job = await service.ended(jobId);

  expect(job).toMatchObject({
    state: 'completed',
    progress: 1,
    etaSeconds: null,
    error: null,
    warnings: [],
    source: {
      width: 1280,
      height: 720,
      frameRate: 25,
      videoCodec: 'h264',
      audioCodec: 'aac',
      size: bytes.length,
    },
  });
  expect(job.source.key.endsWith('/holiday film.mp4')).toBe(true);
  expect(job.tasks.map(({ name, state, attempt }) => ({ name, state, attempt }))).toEqual([
    { name: '480p', state: 'succeeded', attempt: 1 },
    { name: '720p', state: 'succeeded', attempt: 1 },
    { name: '1080p', state: 'skipped', attempt: 0 },
    { name: 'thumbnails', state: 'succeeded', attempt: 1 },
  ]);
  expect(await service.outputFiles(jobId)).toEqual([
    '480p.mp4',
    '720p.mp4',
    'hls/480p-keyframes.m3u8',
    'hls/480p.m3u8',
    'hls/480p/media.mp4',
    'hls/720p-keyframes.m3u8',
    'hls/720p.m3u8',
    'hls/720p/media.mp4',
    'hls/audio.m3u8',
    'hls/audio/media.mp4',
    'hls/master.m3u8',
    'manifest.json',
    'poster.jpg',
    'poster.webp',
    'storyboard-000.jpg',
    'storyboard.vtt',
  ]);
  for (const output of job.outputs) {
    expect(output.key).toBe(`${jobId}/${output.url.split('/files/')[1]}`);
    const served = Buffer.from(await (await fetch(output.url)).arrayBuffer());
    expect([served.length, createHash('sha256').update(served).digest('hex')], output.name).toEqual([
      output.bytes,
      output.sha256,
    ]);
  }
  for (const rendition of job.outputs.filter(({ kind }) => kind === 'rendition')) {
    expect(rendition.durationSeconds, rendition.name).toBeCloseTo(3, 1);
    expect(rendition.codecs).toMatch(/^avc1\.64[0-9a-f]{4},mp4a\.40\.2$/);
  }
  const manifestUrl = job.outputs.find(({ kind }) => kind === 'manifest')?.url ?? '';
  const manifest = (await (await fetch(manifestUrl)).json()) as {
    state: string;
    outputs: { name: string }[];
    media: { path: string; key: string; bytes: number; sha256: string }[];
  };
  expect(manifest.media.map(({ path: name }) => name)).toEqual([
    'hls/480p/media.mp4',
    'hls/audio/media.mp4',
    'hls/720p/media.mp4',
  ]);
  for (const { key, bytes: size, sha256 } of manifest.media) {
    const stored = await readFile(path.join(service.stack.home.bucket('outputs'), key));
    expect([stored.length, createHash('sha256').update(stored).digest('hex')], key).toEqual([size, sha256]);
  }
  const { ranges } = await readPlaylists(path.join(service.stack.home.bucket('outputs'), jobId));
  expect([...ranges].map(([track, listed]) => [track, listed.length]).sort()).toEqual([
    ['480p', 1],
    ['480p-keyframes', 2],
    ['720p', 1],
    ['720p-keyframes', 2],
    ['audio', 1],
  ]);
  expect(manifest.state).toBe('completed');
  expect(manifest.outputs.map(({ name }) => name)).toEqual(
    job.outputs.filter(({ kind }) => kind !== 'manifest').map(({ name }) => name),
  );

  await service.quiet();
  expect(await service.scratchFiles()).toEqual([]);
  const events = await service.events(1);
  expect(events.map(({ id, type }) => ({ id, type }))).toEqual([
    { id: `${jobId}:completed`, type: 'job.completed' },
  ]);
});

test('progress and version never go back, and the answer waits for a change', async () => {
  await service.putFile('watched/clip.mp4', clip);
  const { id } = await service.jobOf('watched/clip.mp4');
  const seen: { progress: number; version: number }[] = [];
  let etag = '';
  for (;;) {
    const answer = await fetch(`${service.stack.url}/v1/jobs/${id}?wait=20`, {
      headers: { 'if-none-match': etag },
    });
    if (answer.status === 304) continue;
    etag = answer.headers.get('etag') ?? '';
    const job = (await answer.json()) as { state: string; progress: number; version: number };
    seen.push({ progress: job.progress, version: job.version });
    if (job.state === 'completed') break;
    expect(answer.headers.get('retry-after')).not.toBeNull();
  }
  expect(seen.length).toBeGreaterThan(2);
  for (const [index, now] of seen.entries()) {
    const before = seen[index - 1];
    if (before === undefined) continue;
    expect(now.version).toBeGreaterThan(before.version);
    expect(now.progress).toBeGreaterThanOrEqual(before.progress);
  }
});

test('two uploads at once become two jobs that do not share anything', async () => {
  await Promise.all([service.putFile('pair/a.mp4', clip), service.putFile('pair/b.mp4', clip)]);
  const [a, b] = await Promise.all([service.jobOf('pair/a.mp4'), service.jobOf('pair/b.mp4')]);
  const ended = await Promise.all([service.ended(a.id), service.ended(b.id)]);
  expect(a.id).not.toBe(b.id);
  expect(ended.map(({ state }) => state)).toEqual(['completed', 'completed']);
});
