import { describe, expect, test } from 'vitest';
import { jobDocument } from '../../shared/core/document.ts';
import { JobDocument, JobListDocument } from '../../shared/core/document-schema.ts';
import type { Job } from '../../shared/core/job.ts';
import { awaitedJob, completedJob, JOB_ID, rejectedJob, runningJob } from '../fixtures/job-states.ts';
import { startApi } from '../helpers/api-fakes.ts';

const PATH = `/v1/jobs/${JOB_ID}`;

function apiWith(job: Job, options: Parameters<typeof startApi>[0] = {}) {
  const api = startApi(options);
  api.jobs.set(job.header.id, job);
  return api;
}

/** The same job one visible change later. */
function nextVersion(job: Job): Job {
  return { ...job, header: { ...job.header, revision: job.header.revision + 1 } };
}

describe('GET /v1/jobs/{id}', () => {
  test('answers the document with addresses below the origin that was asked', async () => {
    const response = await apiWith(completedJob()).ask(PATH);
    const body = JobDocument.parse(await response.json());
    expect(body).toEqual(
      jobDocument(completedJob(), (id, path) => `http://api.test/v1/jobs/${id}/files/${path}`),
    );
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers':
        'ETag, Location, Retry-After, Content-Range, Accept-Ranges, Content-Length, WWW-Authenticate',
      'cache-control': 'no-cache',
      'content-type': 'application/json',
      etag: 'W/"37"',
    });
  });

  test('or below the public address when there is one', async () => {
    const response = await apiWith(completedJob(), { publicUrl: 'https://video.example/api/' }).ask(PATH);
    const body = JobDocument.parse(await response.json());
    expect(body.outputs[0]?.url).toBe(`https://video.example/api/v1/jobs/${JOB_ID}/files/480p.mp4`);
  });

  test('each origin gets its own addresses from one read', async () => {
    const api = apiWith(completedJob());
    const origins = [
      'http://a.test',
      'http://b.test',
      'http://a.test',
      'http://c.test',
      'http://d.test',
      'http://e.test',
    ];
    for (const origin of origins) {
      const body = JobDocument.parse(await (await api.app.request(`${origin}${PATH}`)).json());
      expect(body.outputs[0]?.url).toBe(`${origin}/v1/jobs/${JOB_ID}/files/480p.mp4`);
    }
    expect(api.reads).toEqual([JOB_ID]);
  });

  test.each<[string, Job, string | null]>([
    ['running', runningJob(), '1'],
    ['waiting for the upload', awaitedJob(), '1'],
    ['completed', completedJob(), null],
    ['rejected', rejectedJob(), null],
  ])('Retry-After while %s', async (_name, job, expected) => {
    expect((await apiWith(job).ask(PATH)).headers.get('retry-after')).toBe(expected);
  });

  test.each<[string, string, number]>([
    ['the same', 'W/"37"', 304],
    ['the same, strong', '"37"', 304],
    ['in a list', '"1", W/"37" , "2"', 304],
    ['any', '*', 304],
    ['older', 'W/"36"', 200],
    ['a part of it', 'W/"3"', 200],
    ['not quoted', '37', 200],
    ['empty', '', 200],
  ])('If-None-Match: %s', async (_name, tag, status) => {
    const response = await apiWith(completedJob()).ask(PATH, { headers: { 'if-none-match': tag } });
    expect([response.status, response.headers.get('etag')]).toEqual([status, 'W/"37"']);
    expect((await response.text()) === '').toBe(status === 304);
  });

  test('unknown and malformed ids get the same bytes and headers', async () => {
    const api = startApi();
    const ids = [
      JOB_ID,
      'x',
      'a%2Fb',
      '%00',
      '%zz',
      '..%2f..%2fetc',
      'ü',
      'x'.repeat(5000),
      'JOB%23x',
      '%20',
      '__proto__',
    ];
    const answers = await Promise.all(
      ids.map(async (id) => {
        const response = await api.ask(`/v1/jobs/${id}`);
        return JSON.stringify([response.status, [...response.headers], await response.text()]);
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0] ?? '')[0]).toBe(404);
    expect(JSON.parse(JSON.parse(answers[0] ?? '')[2])).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no job with this id.',
      code: 'job.not_found',
    });
  });

  test('concurrent and quick readers share one read; a later one reads again', async () => {
    const api = apiWith(runningJob());
    await Promise.all([1, 2, 3].map(() => api.ask(PATH)));
    api.clock.now += 249;
    await api.ask(PATH);
    expect(api.reads).toHaveLength(1);
    api.jobs.set(JOB_ID, nextVersion(runningJob()));
    api.clock.now += 1;
    expect((await api.ask(PATH)).headers.get('etag')).toBe('W/"14"');
    expect(api.reads).toHaveLength(2);
  });

  test('a failed read fails its readers, not the next one', async () => {
    const api = startApi();
    let broken = true;
    const flaky = startApi(
      {},
      {
        reader: {
          ...api.ports.reader,
          readTasks: async () => {
            if (broken) throw new Error('connect ECONNREFUSED 10.0.0.1:8000');
            return runningJob();
          },
        },
        now: api.ports.now,
      },
    );
    const failed = await flaky.ask(PATH);
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('ECONNREFUSED')]);
    expect(flaky.logged.map((line) => line.message)).toEqual(['A request failed']);
    broken = false;
    expect((await flaky.ask(PATH)).status).toBe(200);
  });

  test('keeps a bounded number of jobs', async () => {
    const api = startApi();
    const ids = Array.from({ length: 1001 }, (_, index) => `job-${index}`);
    for (const id of ids) {
      const job = runningJob();
      api.jobs.set(id, { ...job, header: { ...job.header, id } });
      await api.ask(`/v1/jobs/${id}`);
    }
    api.reads.length = 0;
    await api.ask('/v1/jobs/job-1000');
    await api.ask('/v1/jobs/job-1');
    expect(api.reads).toEqual([]);
    await api.ask('/v1/jobs/job-0');
    expect(api.reads).toEqual(['job-0']);
  });
});

describe('?wait', () => {
  /** A clock that runs, so that snapshots grow old; short polls. */
  const waiting = (job: Job, maxWaitSeconds = 20) => {
    const api = startApi({ maxWaitSeconds, snapshotMs: 1 }, { now: Date.now });
    api.jobs.set(JOB_ID, job);
    return api;
  };
  /** Settles once the API has read the job `times` more times. */
  const untilRead = async (api: ReturnType<typeof startApi>, times: number) => {
    const target = api.reads.length + times;
    while (api.reads.length < target) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('holds until the version differs from the one at arrival', async () => {
    const api = waiting(runningJob());
    const answer = api.ask(`${PATH}?wait=20`);
    await untilRead(api, 3);
    api.jobs.set(JOB_ID, nextVersion(runningJob()));
    const response = await answer;
    expect([response.status, response.headers.get('etag')]).toEqual([200, 'W/"14"']);
  });

  test('holds until the version differs from If-None-Match', async () => {
    const api = waiting(runningJob());
    const answer = api.ask(`${PATH}?wait=20`, { headers: { 'if-none-match': 'W/"13"' } });
    await untilRead(api, 3);
    api.jobs.set(JOB_ID, nextVersion(runningJob()));
    expect((await answer).status).toBe(200);
  });

  test.each<[string, Job, string, Record<string, string>, number]>([
    ['the client is behind', runningJob(), '20', { 'if-none-match': 'W/"12"' }, 200],
    ['the job has ended', completedJob(), '20', { 'if-none-match': 'W/"37"' }, 304],
    ['nothing is to be waited', runningJob(), '0', { 'if-none-match': 'W/"13"' }, 304],
  ])('answers at once when %s', async (_name, job, wait, headers, status) => {
    const api = waiting(job);
    expect((await api.ask(`${PATH}?wait=${wait}`, { headers })).status).toBe(status);
    expect(api.reads).toHaveLength(1);
  });

  test('gives up when the time is over', async () => {
    const api = waiting(runningJob());
    const unchanged = await api.ask(`${PATH}?wait=0.12`, { headers: { 'if-none-match': 'W/"13"' } });
    expect([unchanged.status, api.reads.length >= 2]).toEqual([304, true]);
    expect((await api.ask(`${PATH}?wait=0.06`)).status).toBe(200);
  });

  test('is not held unless the deployment allows it', async () => {
    const api = apiWith(runningJob());
    expect((await api.ask(`${PATH}?wait=20`)).status).toBe(200);
    expect(api.reads).toHaveLength(1);
  });

  test('ends when the client leaves', async () => {
    const api = waiting(runningJob());
    const leave = new AbortController();
    const request = new Request(`http://api.test${PATH}?wait=20`, { signal: leave.signal });
    const answer = api.app.fetch(request);
    await untilRead(api, 2);
    leave.abort();
    await answer;
  });

  test('a job that disappears meanwhile is not found', async () => {
    const api = waiting(runningJob());
    const answer = api.ask(`${PATH}?wait=20`);
    await untilRead(api, 2);
    api.jobs.delete(JOB_ID);
    expect((await answer).status).toBe(404);
  });

  test.each(['-1', 'soon', '1e3', '', '1.', 'NaN', 'Infinity'])('refuses wait=%s', async (wait) => {
    const response = await apiWith(runningJob()).ask(`${PATH}?wait=${wait}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'request.invalid', errors: [{ field: 'wait' }] },
    ]);
  });
});

describe('GET /v1/jobs', () => {
  test('answers whole documents and a cursor', async () => {
    const api = apiWith(completedJob());
    api.jobs.set('other', runningJob());
    const response = await api.ask(
      '/v1/jobs?limit=1&state=completed&key=in%20box%2Fholiday%20%2B1.mp4&cursor=abc',
    );
    const body = JobListDocument.parse(await response.json());
    expect(body).toEqual({
      jobs: [jobDocument(completedJob(), (id, path) => `http://api.test/v1/jobs/${id}/files/${path}`)],
      cursor: 'next',
    });
    expect(api.queries).toEqual([
      { limit: 1, state: 'completed', key: 'in box/holiday +1.mp4', cursor: 'abc' },
    ]);
  });

  test('twenty at a time unless told', async () => {
    const api = startApi();
    expect(await (await api.ask('/v1/jobs')).json()).toEqual({ jobs: [], cursor: null });
    expect(api.queries).toEqual([{ limit: 20 }]);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=x', 'limit'],
    ['state=done', 'state'],
    ['key=', 'key'],
    ['cursor=', 'cursor'],
    ['cursor=bad', 'cursor'],
  ])('refuses ?%s', async (query, field) => {
    const response = await startApi().ask(`/v1/jobs?${query}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'request.invalid', errors: [{ field }] },
    ]);
  });
});
