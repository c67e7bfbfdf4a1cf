import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { ProbeTool } from '../../shared/core/ports/media.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
let tool: ProbeTool;
const requests: string[] = [];
const listener = createServer((request, response) => {
  requests.push(request.url ?? '');
  response.end();
});

beforeAll(async () => {
  clips = await createClipFolder();
  const { ffprobe } = await findMediaBinaries({});
  tool = createFfprobe({ program: ffprobe, limits: { maxPixels: 40_000_000, maxSeconds: 21_600 } });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => listener.close(resolve));
  await clips.remove();
});

/** Probes a file through a link of the name that sources are read under. */
async function probeFile(file: string) {
  const folder = join(clips.path, `link-${randomBytes(4).toString('hex')}`);
  await mkdir(folder);
  await symlink(file, join(folder, 'source'));
  return tool.probe({ url: `file:${join(folder, 'source')}`, protocols: 'file' });
}

async function probeBytes(bytes: string | Uint8Array) {
  const file = join(clips.path, `${randomBytes(4).toString('hex')}.mp4`);
  await writeFile(file, bytes);
  return probeFile(file);
}

const port = () => {
  const address = listener.address();
  return typeof address === 'object' ? address?.port : undefined;
};

describe('refuses what is not a video', () => {
  it.each([
    ['nothing', () => ''],
    ['random bytes', () => randomBytes(200_000)],
    ['text', () => 'Hello.\n'.repeat(100)],
    ['HTML', () => '<!doctype html><html><body><video src="x.mp4"></video></body></html>'],
    ['SVG', () => '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'],
    ['a zip', () => Buffer.from('504b0304140000000800', 'hex')],
    [
      'HLS',
      () =>
        `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:${port()}/hls.ts\n#EXT-X-ENDLIST\n`,
    ],
    [
      'DASH',
      () =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>http://127.0.0.1:${port()}/dash.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`,
    ],
    [
      'SDP',
      () =>
        'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
    ],
    ['ffconcat', () => `ffconcat version 1.0\nfile http://127.0.0.1:${port()}/concat.mp4\n`],
  ])('%s', async (_name, content) => {
    await expect(probeBytes(content())).rejects.toMatchObject({
      code: 'input.unsupported',
      retryable: false,
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ['a.png', ['-frames:v', '1'], 'input.unsupported'],
    ['a.jpg', ['-frames:v', '1'], 'input.unsupported'],
    ['a.gif', [], 'input.unsupported'],
    ['a.m4a', ['-vn'], 'input.no_video'],
    ['a.mp3', ['-vn'], 'input.no_video'],
    ['a.wav', ['-vn'], 'input.no_video'],
    ['a.ogg', ['-vn'], 'input.no_video'],
    [
      'encrypted.mp4',
      [
        ...H264,
        '-encryption_scheme',
        'cenc-aes-ctr',
        '-encryption_key',
        '00'.repeat(16),
        '-encryption_kid',
        '11'.repeat(16),
      ],
      'input.encrypted',
    ],
  ])('%s', async (name, args, code) => {
    const file = await clips.make(name, [...picture({ seconds: 0.4 }), ...tone(0.4), ...args]);
    await expect(probeFile(file)).rejects.toMatchObject({ code });
  });

  it('8192x8192', async () => {
    const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-threads', '1'];
    const file = await clips.make('huge.mp4', ['-f', 'lavfi', '-i', 'color=s=8192x8192:r=1:d=1', ...encoder]);
    await expect(probeFile(file)).rejects.toMatchObject({ code: 'input.too_many_pixels' });
  });

  it('a probe that takes too long', async () => {
    const program = join(clips.path, 'endless-probe');
    await writeFile(program, '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 });
    const hasty = createFfprobe({ program, limits: { maxPixels: 1, maxSeconds: 1 }, timeoutMs: 100 });
    await expect(hasty.probe({ url: 'file:x', protocols: 'file' })).rejects.toMatchObject({
      code: 'input.corrupt',
      message: "The file's headers could not be read within 0.1 seconds.",
    });
  });
});

describe('damage', () => {
  const FASTSTART = ['-movflags', '+faststart'];
  /** A copy of a 2 s clip with its bytes changed. */
  async function damaged(
    name: string,
    container: string,
    change: (bytes: Buffer) => Buffer,
  ): Promise<string> {
    const sound = await clips.make(`sound.${container}`, [
      ...[...picture({ seconds: 2 }), ...tone(2), ...H264, '-preset', 'veryfast'],
      ...(container === 'mp4' ? FASTSTART : []),
    ]);
    const file = join(clips.path, `${name}.${container}`);
    await writeFile(file, change(await readFile(sound)));
    return file;
  }
  const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2) + 7);
  const flipped = (bytes: Buffer) => {
    for (let at = Math.floor(bytes.length / 4); at < bytes.length * 0.9; at += 997)
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
    return bytes;
  };

  it.each(['mp4', 'mkv', 'ts', 'flv'])('says nothing of a sound %s', async (container) => {
    expect((await renderClip(await damaged('copy', container, (bytes) => bytes))).warnings).toEqual([]);
  });

  it.each(['mp4', 'mkv', 'ts', 'flv'])('speaks of a cut %s', async (container) => {
    const { warnings } = await renderClip(await damaged('cut', container, half));
    expect(warnings).toEqual([
      { code: 'source.incomplete', detail: expect.stringMatching(/missing|errors?|packet/) },
    ]);
  });

  it.each(['mp4', 'mkv', 'ts'])('speaks of flipped bits in %s', async (container) => {
    const { warnings } = await renderClip(await damaged('flipped', container, flipped));
    expect(warnings).toEqual([
      { code: 'source.incomplete', detail: expect.stringContaining('the decoder met') },
    ]);
  });

  it('refuses what holds next to nothing', async () => {
    const source = await damaged('stump', 'mp4', (bytes) => bytes.subarray(0, bytes.indexOf('mdat') + 400));
    await expect(renderClip(source)).rejects.toMatchObject({ code: 'input.corrupt' });
  });

  it('refuses an MP4 without its index', async () => {
    const file = join(clips.path, 'no-index.mp4');
    await link(await damaged('no-index-source', 'mp4', (bytes) => bytes.subarray(0, 200)), file);
    await expect(probeFile(file)).rejects.toMatchObject({ code: 'input.corrupt' });
  });
});
