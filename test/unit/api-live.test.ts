import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chunkName } from '../../shared/core/chunks/chunk-names.ts';
import { playlistFacts } from '../../shared/tasks/hls/write-playlists.ts';
import { CHUNKED_PLAN, chunkedJob } from '../fixtures/chunked-job.ts';
import { JOB_ID } from '../fixtures/job-states.ts';
import { mediaFile } from '../fixtures/streams.ts';
import { startApi, type TestApi } from '../helpers/api-fakes.ts';

const JOB = `/v1/jobs/${JOB_ID}`;
const HLS = `${JOB}/files/hls`;
const BEGUN = ['chunk-00000', 'audio-00000'];

function running(succeeded: readonly string[], link?: string): TestApi {
  const api = startApi({}, link === undefined ? {} : { link: async () => link });
  api.jobs.set(JOB_ID, chunkedJob(succeeded));
  api.objects.set(`${JOB_ID}/hls/480p/00000.mp4`, 'x'.repeat(1900));
  api.objects.set(`${JOB_ID}/hls/audio/00000.mp4`, 'a'.repeat(1900));
  api.objects.set(`${JOB_ID}/hls/480p/media.mp4`, 'm'.repeat(1900));
  return api;
}

describe('while a job is made in chunks', () => {
  test('nothing is there before the first of picture and sound', async () => {
    const api = running(['chunk-00000']);
    for (const path of ['master.m3u8', 'audio.m3u8', '480p/00001.mp4', 'audio/00000.mp4']) {
      const response = await api.ask(`${HLS}/${path}`);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ code: 'file.not_found' });
    }
  });

  test('a playlist is served in place, with its own ETag, to every origin', async () => {
    const api = running(BEGUN, 'https://signed.test/x');
    const response = await api.ask(`${HLS}/480p.m3u8`);
    const text = await response.text();
    const etag = `"${createHash('sha256').update(text).digest('hex')}"`;
    expect([response.status, text.match(/EXTINF/g)?.length]).toEqual([200, 1]);
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('Content-Range'),
      'cache-control': 'no-cache',
      'content-disposition': 'inline',
      'content-length': String(text.length),
      'content-type': 'application/vnd.apple.mpegurl',
      etag,
      'x-content-type-options': 'nosniff',
    });
    const again = await api.ask(`${HLS}/480p.m3u8`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    const head = await api.ask(`${HLS}/480p.m3u8`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(text.length),
      '',
    ]);
    const part = await api.ask(`${HLS}/480p.m3u8`, { headers: { range: 'bytes=0-1' } });
    expect([part.status, await part.text()]).toEqual([200, text]);
  });

  test('a playlist grows at once, without a pause for what was read before', async () => {
    const api = running(BEGUN);
    const count = async () => (await (await api.ask(`${HLS}/720p.m3u8`)).text()).match(/EXTINF/g)?.length;
    expect(await count()).toBe(1);
    api.jobs.set(JOB_ID, chunkedJob([...BEGUN, 'chunk-00001']));
    expect(await count()).toBe(3);
    expect(await (await api.ask(`${HLS}/master.m3u8`)).text()).toContain('AUDIO="audio"');
    expect(await (await api.ask(`${HLS}/720p-keyframes.m3u8`)).json()).toMatchObject({
      code: 'file.not_found',
    });
  });

  test('chunks that have succeeded are read once', async () => {
    const api = running([...BEGUN, 'chunk-00001']);
    await api.ask(`${HLS}/480p.m3u8`);
    await api.ask(JOB);
    await api.ask(`${HLS}/480p.m3u8`);
    expect(api.chunkReads).toEqual([
      'chunk-00000',
      'audio-00000',
      'chunk-00002',
      'audio-00001',
      'chunk-00002',
      'audio-00001',
    ]);
  });

  test('the files that it names are served by range, or by redirect', async () => {
    const headers = { range: 'bytes=900-903', origin: 'https://page.test' };
    const bytes = await running(BEGUN).ask(`${HLS}/480p/00000.mp4`, { headers });
    expect([bytes.status, await bytes.text(), bytes.headers.get('content-range')]).toEqual([
      206,
      'xxxx',
      'bytes 900-903/1900',
    ]);
    expect(bytes.headers.get('access-control-allow-origin')).toBe('*');
    const elsewhere = await running(BEGUN, 'https://signed.test/x').ask(`${HLS}/audio/00000.mp4`, {
      headers,
    });
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([302, 'https://signed.test/x']);
  });

  test.each([
    '480p/00000.mp4x',
    '480p/000000.mp4',
    '480p/99999.mp4',
    '240p/00000.mp4',
    '480p/../480p/00000.mp4x',
  ])('only what is recorded: %s', async (path) => {
    expect((await running(BEGUN).ask(`${HLS}/${path}`)).status).toBe(404);
  });

  test('the job tells of its chunks', async () => {
    const document: unknown = await (await running([...BEGUN, 'chunk-00001']).ask(JOB)).json();
    expect(document).toMatchObject({ chunks: { total: 5, pending: 2, succeeded: 3 } });
  });

  test('what is there stays, once a container has taken over', async () => {
    const api = running(BEGUN);
    const job = chunkedJob(BEGUN);
    api.jobs.set(JOB_ID, { ...job, header: { ...job.header, lane: 'batch' } });
    for (const path of ['master.m3u8', '480p.m3u8', '480p/00000.mp4']) {
      expect((await api.ask(`${HLS}/${path}`)).status).toBe(200);
    }
    expect(await (await api.ask(`${HLS}/480p.m3u8`)).text()).toContain('EVENT');
  });
});

describe('what is committed', () => {
  test('a playlist takes the place of the one that grew', async () => {
    const api = running(BEGUN);
    const job = chunkedJob(BEGUN);
    const facts = { ...playlistFacts('hls/480p.m3u8'), bytes: 4, sha256: 'e5'.repeat(32), bitrate: null };
    const [first, ...others] = job.tasks;
    if (first === undefined) throw new TypeError('the fixture has tasks');
    api.jobs.set(JOB_ID, { ...job, tasks: [{ ...first, outputs: [facts] }, ...others] });
    api.objects.set(`${JOB_ID}/hls/480p.m3u8`, 'DONE');
    expect(await (await api.ask(`${HLS}/480p.m3u8`)).text()).toBe('DONE');
    expect(await (await api.ask(`${HLS}/720p.m3u8`)).text()).toContain('EVENT');
  });

  test('media files of tasks are served, though the document does not list them', async () => {
    const api = running([]);
    const job = chunkedJob([]);
    const tasks = job.tasks.map((task, index) =>
      index === 0 ? { ...task, media: [mediaFile('480p')] } : task,
    );
    api.jobs.set(JOB_ID, { ...job, tasks });
    const response = await api.ask(`${HLS}/480p/media.mp4`, { headers: { range: 'bytes=0-0' } });
    expect([response.status, await response.text()]).toEqual([206, 'm']);
    expect(await (await api.ask(JOB)).json()).toMatchObject({ outputs: [] });
  });

  test('a file that the document tells of is served at once', async () => {
    const api = running([]);
    await api.ask(`${HLS}/480p/media.mp4`);
    api.clock.now += 249;
    const [task, ...others] = chunkedJob([]).tasks;
    if (task === undefined) throw new TypeError('the fixture has tasks');
    const output = { ...playlistFacts('hls/480p.m3u8'), bytes: 4, sha256: 'e5'.repeat(32), bitrate: null };
    api.objects.set(`${JOB_ID}/hls/480p.m3u8`, 'DONE');
    api.jobs.set(JOB_ID, { ...chunkedJob([]), tasks: [{ ...task, outputs: [output] }, ...others] });
    expect(await (await api.ask(JOB)).json()).toMatchObject({ outputs: [{ name: '480p.m3u8' }] });
    expect((await api.ask(`${HLS}/480p.m3u8`)).status).toBe(200);
  });
});

test('a thousand chunks: looking again reads those that are open', async () => {
  const api = startApi();
  const job = chunkedJob([]);
  const chunks = Array.from({ length: 1200 }, (_, index) => ({
    ...(job.chunks[0] ?? mustHave()),
    name: chunkName({ kind: 'picture', index }),
    ...(index < 1190 ? { state: 'succeeded' as const, media: [mediaFile('480p', index)] } : {}),
  }));
  const plan = { ...CHUNKED_PLAN, chunks: { ...CHUNKED_PLAN.chunks, chunks: 1200, audio: null } };
  api.jobs.set(JOB_ID, { ...job, header: { ...job.header, plan }, chunks });
  expect(await (await api.ask(JOB)).json()).toMatchObject({ chunks: { total: 1200, succeeded: 1190 } });
  api.clock.now += 1000;
  api.chunkReads.length = 0;
  expect(await (await api.ask(JOB)).json()).toMatchObject({ chunks: { total: 1200, succeeded: 1190 } });
  expect(api.chunkReads).toEqual(['chunk-01190', 'audio-00000']);
});

function mustHave(): never {
  throw new TypeError('the fixture has chunks');
}
