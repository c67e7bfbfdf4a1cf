import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { JobDocument, JobListDocument } from '../../shared/core/document-schema.ts';
import { Problem } from '../../shared/edge/http/problem.ts';
import { completedJob, JOB_ID } from '../fixtures/job-states.ts';
import { startApi } from '../helpers/api-fakes.ts';

const Operation = z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) });
const OpenApi = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

async function description() {
  const response = await startApi().ask('/openapi.json');
  expect(response.status).toBe(200);
  const raw: unknown = await response.json();
  return { raw, parsed: OpenApi.parse(raw) };
}

/** Every `$ref` in the tree. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : references(value),
  );
}

describe('/openapi.json', () => {
  test('documents every route with the codes it answers', async () => {
    const { parsed } = await description();
    const codes = Object.entries(parsed.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method.toUpperCase()} ${path}`,
        Object.keys(responses).map(Number),
      ]),
    );
    expect(Object.fromEntries(codes)).toEqual({
      'POST /v1/uploads': [201, 400, 401, 413, 415, 422, 500, 503],
      'GET /v1/jobs': [200, 400, 401, 500, 503],
      'GET /v1/jobs/{id}': [200, 304, 400, 404, 500, 503],
      'GET /v1/jobs/{id}/files/{path}': [200, 206, 302, 304, 404, 416, 500, 503],
      'GET /v1/health': [200],
      'GET /openapi.json': [200],
    });
  });

  test('covers what the app serves, and nothing else', async () => {
    const { parsed } = await description();
    const served = new Set(
      startApi()
        .app.routes.filter((route) => route.method === 'GET' || route.method === 'POST')
        .map((route) => route.path.replace(':path{.+}', '{path}').replaceAll(/:(\w+)/g, '{$1}')),
    );
    expect([...served].sort()).toEqual(Object.keys(parsed.paths).sort());
  });

  test('every reference resolves and every schema is used', async () => {
    const { raw, parsed } = await description();
    const used = new Set(references(raw));
    const defined = Object.keys(parsed.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...used].sort()).toEqual(defined.sort());
    expect(defined).toContain('#/components/schemas/Job');
  });

  test('path parameters are declared', async () => {
    const { raw } = await description();
    expect(raw).toMatchObject({
      paths: {
        '/v1/jobs/{id}/files/{path}': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({ name: 'id', in: 'path', required: true }),
              expect.objectContaining({ name: 'path', in: 'path', required: true }),
              expect.objectContaining({ name: 'Range', in: 'header', required: false }),
            ]),
          },
        },
      },
    });
  });

  test('real answers fit the schemas, field for field', async () => {
    const api = startApi();
    api.jobs.set(JOB_ID, completedJob());
    const job: unknown = await (await api.ask(`/v1/jobs/${JOB_ID}`)).json();
    const list: unknown = await (await api.ask('/v1/jobs')).json();
    const problem: unknown = await (await api.ask('/v1/jobs/x')).json();
    expect(JobDocument.strict().parse(job)).toEqual(job);
    expect(JobListDocument.strict().parse(list)).toEqual(list);
    expect(Problem.strict().parse(problem)).toEqual(problem);
  });
});

describe('every address', () => {
  test.each([
    ['DELETE', '/v1/uploads', 'POST, OPTIONS'],
    ['GET', '/v1/uploads', 'POST, OPTIONS'],
    ['POST', '/v1/jobs', 'GET, HEAD, OPTIONS'],
    ['PUT', '/v1/jobs/x', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/jobs/x/files/a/b', 'GET, HEAD, OPTIONS'],
    ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const response = await startApi().ask(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ code: 'route.method_not_allowed', status: 405 });
  });

  test.each([
    '/',
    '/v1',
    '/v2/jobs',
    '/v1/jobs/',
    '/v1/jobs/x/files',
    '/v1/jobs/x/files/',
    '/v1/jobs/x/cancel',
  ])('nothing at %s', async (path) => {
    const response = await startApi().ask(path);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'route.not_found' }]);
  });

  test('health', async () => {
    const response = await startApi().ask('/v1/health');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect((await startApi().ask('/v1/health', { method: 'HEAD' })).status).toBe(200);
  });

  test.each(['/v1/uploads', '/v1/jobs/x', '/v1/jobs/x/files/hls/a.m3u8', '/nothing'])(
    'preflight of %s',
    async (path) => {
      const response = await startApi().ask(path, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
      });
      expect([response.status, Object.fromEntries(response.headers)]).toEqual([
        204,
        {
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
          'access-control-allow-headers': 'Authorization, Content-Type, If-None-Match, If-Range, Range',
          'access-control-expose-headers': expect.any(String),
          'access-control-max-age': '600',
        },
      ]);
    },
  );

  test('a defect is logged and says nothing internal', async () => {
    const api = startApi(
      {},
      { lister: { list: () => Promise.reject(new TypeError('cannot read /home/x of undefined')) } },
    );
    const response = await api.ask('/v1/jobs');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([500, '*']);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'The request could not be answered; try again later.',
      code: 'service.failed',
    });
    expect(api.logged).toMatchObject([
      {
        message: 'A request failed',
        details: { method: 'GET', path: '/v1/jobs', err: expect.any(TypeError) },
      },
    ]);
  });
});

describe('whatever is sent', () => {
  /** mulberry32: the same requests in every run. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }
  const BITS = [
    'v1',
    'jobs',
    'files',
    'uploads',
    JOB_ID,
    '480p.mp4',
    '..',
    '%2e%2e',
    '%00',
    '%zz',
    '%',
    '%F0%9F',
    '/',
    '//',
    '?',
    '&',
    '=',
    'wait=',
    'limit=',
    '-1',
    '1e999',
    '0x10',
    'W/"',
    '"',
    ',',
    '*',
    'bytes=',
    '-',
    '9'.repeat(30),
    'ü',
    'a'.repeat(3000),
    '{',
    '}',
    '[',
    'null',
    'true',
    ':',
    '__proto__',
    'Bearer ',
    ' ',
    'cursor=',
    'state=',
  ];

  test('no request gets a 5xx, and every refusal is a problem', async () => {
    const next = random(7);
    const pick = <T>(list: readonly T[]): T => {
      const item = list[Math.floor(next() * list.length)];
      if (item === undefined) throw new RangeError('empty list');
      return item;
    };
    const text = (most: number) =>
      Array.from({ length: Math.floor(next() * most) }, () => pick(BITS)).join('');
    const api = startApi();
    api.jobs.set(JOB_ID, completedJob());
    api.objects.set(`${JOB_ID}/480p.mp4`, 'abcdefghijklmnopqrstuvwxyz');
    const starts = [
      '/',
      '/v1/jobs/',
      `/v1/jobs/${JOB_ID}?`,
      `/v1/jobs/${JOB_ID}/files/`,
      '/v1/jobs?',
      '/v1/uploads',
    ];
    const names = ['range', 'if-none-match', 'if-range', 'authorization', 'content-type'];
    const seen = new Map<number, number>();
    for (let round = 0; round < 1500; round += 1) {
      const method = pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']);
      const path = `${pick(starts)}${text(5)}`;
      const headers = new Headers({ 'content-type': 'application/json' });
      headers.set(pick(names), encodeURI(text(4)));
      const body = method === 'POST' ? { body: text(8) } : {};
      const response = await api.ask(path, { method, headers, ...body });
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      const told = `${method} ${path}`;
      expect(response.status, told).toBeLessThan(500);
      expect(response.headers.get('access-control-allow-origin'), told).toBe('*');
      const answer = await response.text();
      if (response.status >= 400 && method !== 'HEAD') {
        expect(Problem.parse(JSON.parse(answer)).status, told).toBe(response.status);
      }
    }
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 204, 400, 404, 405]));
    expect(api.logged).toEqual([]);
  });
});
