import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Job, Output } from '../../shared/core/job.ts';
import type { LinkOutput } from '../../shared/core/ports/uploads.ts';
import { completedJob, JOB_ID, rendition, STORYBOARD } from '../fixtures/job-states.ts';
import { startApi, type TestApi } from '../helpers/api-fakes.ts';

const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const FILES = `/v1/jobs/${JOB_ID}/files`;
const ETAG = `"${'a1'.repeat(32)}"`;

function filled(link?: LinkOutput): TestApi {
  const api = startApi({}, link === undefined ? {} : { link });
  api.jobs.set(JOB_ID, completedJob());
  api.objects.set(`${JOB_ID}/480p.mp4`, TEXT);
  api.objects.set(`${JOB_ID}/storyboard.vtt`, 'WEBVTT\n');
  api.objects.set(`${JOB_ID}/manifest.json`, '{}');
  api.objects.set(`${JOB_ID}/secret.txt`, 'not recorded');
  return api;
}

function withOutput(output: Output): Job {
  const job = completedJob();
  const [first, ...others] = job.tasks;
  if (first === undefined) throw new TypeError('the fixture has tasks');
  return { ...job, tasks: [{ ...first, outputs: [output] }, ...others] };
}

describe('GET /v1/jobs/{id}/files/{path}', () => {
  test('the bytes, with what a player needs', async () => {
    const response = await filled().ask(`${FILES}/480p.mp4`);
    expect([response.status, await response.text()]).toEqual([200, TEXT]);
    expect(Object.fromEntries(response.headers)).toEqual({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('Content-Range'),
      'cache-control': 'private, max-age=3600',
      'content-disposition': 'inline',
      'content-length': '26',
      'content-type': 'video/mp4',
      etag: ETAG,
      'x-content-type-options': 'nosniff',
    });
  });

  test.each<[string, Record<string, string>, number, string, string | null]>([
    ['a range', { range: 'bytes=2-4' }, 206, 'cde', 'bytes 2-4/26'],
    ['an open range', { range: 'bytes=23-' }, 206, 'xyz', 'bytes 23-25/26'],
    ['a suffix', { range: 'bytes=-2' }, 206, 'yz', 'bytes 24-25/26'],
    ['more than there is', { range: 'bytes=24-99' }, 206, 'yz', 'bytes 24-25/26'],
    ['one byte', { range: 'bytes=0-0' }, 206, 'a', 'bytes 0-0/26'],
    ['several ranges', { range: 'bytes=0-1,4-5' }, 200, TEXT, null],
    ['another unit', { range: 'frames=0-1' }, 200, TEXT, null],
    ['a range backwards', { range: 'bytes=4-2' }, 200, TEXT, null],
    ['the same file', { range: 'bytes=0-1', 'if-range': ETAG }, 206, 'ab', 'bytes 0-1/26'],
    ['another file', { range: 'bytes=0-1', 'if-range': '"x"' }, 200, TEXT, null],
    ['a date', { range: 'bytes=0-1', 'if-range': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 200, TEXT, null],
    ['a held copy', { 'if-none-match': ETAG }, 304, '', null],
    ['another copy', { 'if-none-match': '"x"' }, 200, TEXT, null],
  ])('%s', async (_name, headers, status, text, range) => {
    const response = await filled().ask(`${FILES}/480p.mp4`, { headers });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      text,
      range,
    ]);
    if (status === 206) expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  test.each(['bytes=26-', 'bytes=100-200', 'bytes=-0'])('a range that is not there: %s', async (range) => {
    const response = await filled().ask(`${FILES}/480p.mp4`, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */26']);
    expect(await response.json()).toMatchObject({ code: 'file.range_not_satisfiable' });
  });

  test('HEAD answers from the record, without reading and without a redirect', async () => {
    const api = filled(async () => 'https://signed.test/x');
    api.objects.clear();
    const response = await api.ask(`${FILES}/480p.mp4`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '26',
      '',
    ]);
  });

  test('a redirect where the store has addresses', async () => {
    const asked: string[][] = [];
    const api = filled(async (...args) => {
      asked.push(args);
      return 'https://signed.test/x?sig=1';
    });
    const response = await api.ask(`${FILES}/480p.mp4`);
    expect([
      response.status,
      response.headers.get('location'),
      response.headers.get('cache-control'),
    ]).toEqual([302, 'https://signed.test/x?sig=1', 'no-store']);
    expect(asked).toEqual([[`${JOB_ID}/480p.mp4`, 'video/mp4']]);
  });

  test.each<[string, Output]>([
    ['an index of tiles', STORYBOARD],
    [
      'a playlist',
      {
        ...STORYBOARD,
        name: 'hls',
        kind: 'playlist',
        path: 'hls/master.m3u8',
        contentType: 'application/vnd.apple.mpegurl',
      },
    ],
  ])('%s is served in place, so that its relative addresses work', async (_name, output) => {
    const api = filled(async () => 'https://signed.test/x');
    api.jobs.set(JOB_ID, withOutput(output));
    api.objects.set(`${JOB_ID}/${output.path}`, 'content');
    const response = await api.ask(`${FILES}/${output.path}`);
    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([
      200,
      'content',
      'no-cache',
    ]);
    expect(response.headers.get('content-type')).toBe(output.contentType);
  });

  test('the manifest is a file too', async () => {
    expect(await (await filled().ask(`${FILES}/manifest.json`)).text()).toBe('{}');
  });

  test('a path of odd characters comes back as it was recorded', async () => {
    const api = filled();
    const path = 'a b/%+ü#?.mp4';
    api.jobs.set(JOB_ID, withOutput({ ...rendition('480p', 2, 2), path }));
    api.objects.set(`${JOB_ID}/${path}`, TEXT);
    const document: unknown = await (await api.ask(`/v1/jobs/${JOB_ID}`)).json();
    expect(document).toMatchObject({
      outputs: [{ url: `http://api.test${FILES}/a%20b/%25%2B%C3%BC%23%3F.mp4` }, {}, {}, {}],
    });
    expect(await (await api.ask(`${FILES}/a%20b/%25%2B%C3%BC%23%3F.mp4`)).text()).toBe(TEXT);
  });

  test.each(['secret.txt', '../x', '%2e%2e/secret.txt', '480p.mp4/', '%00', 'constructor', '480P.mp4'])(
    'only what is recorded: %s',
    async (path) => {
      const response = await filled().ask(`${FILES}/${path}`);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('not recorded');
    },
  );

  test('of an unknown job: the same answer as for the job', async () => {
    const api = startApi();
    const [file, job] = await Promise.all([
      api.ask('/v1/jobs/x%20y/files/480p.mp4'),
      api.ask('/v1/jobs/unknown'),
    ]);
    expect(await file.text()).toBe(await job.text());
  });

  test('a recorded file that is gone from the store is not found', async () => {
    const api = filled();
    api.objects.clear();
    const response = await api.ask(`${FILES}/480p.mp4`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'file.not_found' }]);
    expect(api.logged).toEqual([]);
  });

  test('a read that breaks off is logged, and its words stay inside', async () => {
    const broken = startApi(
      {},
      {
        outputs: {
          ...startApi().ports.outputs,
          read: async () =>
            Readable.from(
              (async function* () {
                yield Buffer.from('abc');
                throw new Error('EIO: /secret/dir/480p.mp4');
              })(),
            ),
        },
      },
    );
    broken.jobs.set(JOB_ID, completedJob());
    const response = await broken.ask(`${FILES}/480p.mp4`);
    await expect(response.text()).rejects.toThrow('The file could not be read to its end.');
    expect(broken.logged.map((line) => line.message)).toEqual(['File cut short']);
  });

  test('a client that leaves ends the read', async () => {
    const source = new Readable({ read: () => undefined });
    const api = startApi({}, { outputs: { ...startApi().ports.outputs, read: async () => source } });
    api.jobs.set(JOB_ID, completedJob());
    const response = await api.ask(`${FILES}/480p.mp4`);
    await response.body?.cancel();
    expect(source.destroyed).toBe(true);
  });
});
