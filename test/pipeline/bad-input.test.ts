import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeClip, makeStampClip, runFfmpeg } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

/** From the upload to the failed job. */
const MAX_MS = 5000;

let service: TestStack;
let clips: string;
let listener: http.Server;
let requests = 0;

beforeAll(async () => {
  clips = await mkdtemp(path.join(os.tmpdir(), 'millrace-bad-'));
  listener = http.createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  service = await startTestStack({
    environment: { MAX_SOURCE_SECONDS: '20', MAX_SOURCE_BYTES: '3000000' },
  });
});
afterAll(async () => {
  await service.stop();
  await new Promise((resolve) => listener.close(resolve));
  await rm(clips, { recursive: true, force: true });
});

/** Uploads, waits for the failed job, and checks that nothing is left of it. */
async function reject(name: string, bytes: Uint8Array | string): Promise<string | undefined> {
  const key = `bad/${name}`;
  const started = Date.now();
  await service.put(key, bytes);
  const job = await service.ended((await service.jobOf(key)).id);
  const took = Date.now() - started;
  expect(job.state).toBe('failed');
  expect(job.outputs).toEqual([]);
  expect(job.error?.detail).not.toMatch(/\/tmp|file:|http:|at .*\.ts|Error:/);
  expect(job.error?.detail).toMatch(/^[A-Z].*\.$/s);
  expect(took).toBeLessThan(MAX_MS);
  await service.quiet();
  expect(await service.scratchFiles()).toEqual([]);
  expect(await service.outputFiles(job.id)).toEqual([]);
  return job.error?.code;
}

const made = async (name: string, args: readonly string[]): Promise<Buffer> => {
  const file = path.join(clips, name);
  await runFfmpeg([...args, file]);
  return readFile(file);
};

describe('what is no video', () => {
  test.each([
    ['empty.mp4', '', 'input.empty'],
    ['random.mp4', randomBytes(50_000), 'input.unsupported'],
    ['one-byte.mp4', 'x', 'input.unsupported'],
    ['text.mp4', 'just a few words\n'.repeat(100), 'input.unsupported'],
    ['page.mp4', '<!doctype html><html><body><h1>404</h1></body></html>', 'input.unsupported'],
    [
      'drawing.mp4',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      'input.unsupported',
    ],
    ['archive.mp4', zip('a.txt', 'hello'), 'input.unsupported'],
  ])('%s', async (name, bytes, code) => {
    expect(await reject(name, bytes)).toBe(code);
  });

  test('a still image and an animated one', async () => {
    const image = sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } });
    expect(await reject('image.png', await image.clone().png().toBuffer())).toBe('input.unsupported');
    expect(await reject('image.jpg', await image.clone().jpeg().toBuffer())).toBe('input.unsupported');
    const gif = await made('anim.gif', ['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1:r=5']);
    expect(await reject('anim.gif', gif)).toBe('input.unsupported');
  });

  test('sound alone', async () => {
    const args = ['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac'];
    expect(await reject('sound.m4a', await made('sound.m4a', args))).toBe('input.no_video');
  });

  test('sound with a cover picture', async () => {
    const cover = await made('cover.png', ['-f', 'lavfi', '-i', 'color=s=64x64', '-frames:v', '1']);
    await writeFile(path.join(clips, 'c.png'), cover);
    const args = ['-f', 'lavfi', '-i', 'sine=d=1', '-i', path.join(clips, 'c.png'), '-map', '0', '-map', '1'];
    const bytes = await made('covered.m4a', [
      ...args,
      '-c:a',
      'aac',
      '-c:v',
      'png',
      '-disposition:v',
      'attached_pic',
    ]);
    expect(await reject('covered.m4a', bytes)).toBe('input.no_video');
  });
});

describe('text that names other files', () => {
  const address = (): string => `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  test.each([
    ['hls.mp4', () => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${address()}/seg.ts\n#EXT-X-ENDLIST\n`],
    ['hls-master.mp4', () => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${address()}/v.m3u8\n`],
    [
      'dash.mp4',
      () =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${address()}/v.mp4</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>`,
    ],
    [
      'session.mp4',
      () =>
        `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${address().split(':').at(-1)} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
    ],
    ['list.mp4', () => `ffconcat version 1.0\nfile ${address()}/v.mp4\n`],
    ['passwd.mp4', () => 'ffconcat version 1.0\nfile /etc/passwd\n'],
  ])('%s is refused without a request', async (name, text) => {
    expect(await reject(name, text())).toBe('input.unsupported');
    expect(requests).toBe(0);
  });
});

describe('videos that are refused', () => {
  test('encrypted', async () => {
    const bytes = await made('enc.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1:r=5', '-pix_fmt', 'yuv420p'],
      ...['-encryption_scheme', 'cenc-aes-ctr', '-encryption_key', '0123456789abcdef0123456789abcdef'],
      ...['-encryption_kid', '0123456789abcdef0123456789abcdef'],
    ]);
    expect(await reject('encrypted.mp4', bytes)).toBe('input.encrypted');
  });

  test('too many pixels', async () => {
    const bytes = await made('huge.mp4', [
      ...['-f', 'lavfi', '-i', 'color=s=8192x8192:r=1:d=1', '-frames:v', '1'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    ]);
    expect(await reject('huge.mp4', bytes)).toBe('input.too_many_pixels');
  });

  test('too long', async () => {
    await makeClip(path.join(clips, 'long.mp4'), 'color=s=64x64:r=5:d=30', 50);
    expect(await reject('long.mp4', await readFile(path.join(clips, 'long.mp4')))).toBe('input.too_long');
  });

  test('too large', async () => {
    expect(await reject('large.mp4', randomBytes(3_000_001))).toBe('input.too_large');
  });

  test('an index that was cut off', async () => {
    await makeStampClip(path.join(clips, 'cut.mp4'), { seconds: 2 });
    const whole = await readFile(path.join(clips, 'cut.mp4'));
    expect(await reject('cut.mp4', whole.subarray(0, whole.length * 0.6))).toBe('input.corrupt');
  });

  test('gone before it was looked at', async () => {
    const { stack } = service;
    const object = { bucket: 'uploads', key: 'bad/gone.mp4', size: 5, etag: 'none', versionId: null };
    const { createUploadNotifier } = await import('../../shared/adapters/sqs-upload-notifier.ts');
    const queue = stack.broker.queues.get('UploadsQueue')?.url ?? '';
    await createUploadNotifier(stack.broker.sqs, queue, Date.now).notify({ ...object, sequencer: '01' });
    const job = await service.ended((await service.jobOf('bad/gone.mp4')).id);
    expect(job.error?.code).toBe('input.missing');
  });
});

/** A zip archive of one file: local header, data, directory, end. */
function zip(name: string, text: string): Buffer {
  const data = deflateRawSync(text);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(text.length, 22);
  header.writeUInt16LE(name.length, 26);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return Buffer.concat([header, Buffer.from(name), data, end]);
}
