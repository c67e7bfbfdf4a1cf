import { describe, expect, test } from 'vitest';
import { UploadResponse } from '../../shared/core/upload-schema.ts';
import { Problem } from '../../shared/edge/http/problem.ts';
import { startApi } from '../helpers/api-fakes.ts';

const GOOD = { filename: 'My holiday +1%.mp4', contentType: 'video/mp4', size: 1000 };
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('POST /v1/uploads', () => {
  test('grants an upload and reserves its key for a job of another random id', async () => {
    const api = startApi();
    const response = await api.ask('/v1/uploads', post(GOOD));
    const body: unknown = await response.json();
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('http://api.test/v1/jobs/id-1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      jobId: 'id-1',
      upload: {
        kind: 'put',
        method: 'PUT',
        url: 'https://bucket.test/id-2%2FMy%20holiday%20%2B1%25.mp4',
        headers: { 'content-type': 'video/mp4' },
        expiresAt: '2026-01-01T11:00:00.000Z',
      },
    });
    expect(UploadResponse.strict().parse(body)).toEqual(body);
    expect(api.reservations).toEqual([
      {
        bucket: 'uploads',
        key: 'id-2/My holiday +1%.mp4',
        jobId: 'id-1',
        size: 1000,
        profileHash: 'aaaabbbbccccdddd',
        lane: 'lambda',
        createdAt: '2026-01-01T10:00:00.000Z',
        expiresAt: Date.parse('2026-01-01T11:00:00.004Z'),
      },
    ]);
  });

  test('a reservation leaves a slow upload the time it takes', async () => {
    const api = startApi();
    await api.ask('/v1/uploads', post({ ...GOOD, size: 900_000_000 }));
    expect(api.reservations[0]?.expiresAt).toBe(Date.parse('2026-01-01T12:00:00.000Z'));
  });

  test('without a grant nothing is reserved', async () => {
    const api = startApi({}, { granter: { grant: () => Promise.reject(new Error('no signer')) } });
    expect((await api.ask('/v1/uploads', post(GOOD))).status).toBe(500);
    expect(api.reservations).toEqual([]);
  });

  test.each<[string, Partial<typeof GOOD>, string]>([
    ['a type with parameters', { contentType: 'Video/WebM;codecs=vp9' }, 'video/webm'],
    ['an unknown type', { contentType: 'application/octet-stream' }, 'application/octet-stream'],
    ['a type with punctuation', { contentType: 'video/x-ms-wmv' }, 'video/x-ms-wmv'],
    ['a name of 255 bytes', { filename: `${'ä'.repeat(127)}x` }, 'video/mp4'],
    ['a name that looks like an option', { filename: '-i' }, 'video/mp4'],
    ['the largest single upload', { size: 5 * 1024 ** 3 }, 'video/mp4'],
  ])('takes %s', async (_name, change, type) => {
    const response = await startApi().ask('/v1/uploads', post({ ...GOOD, ...change }));
    expect(response.status).toBe(201);
    expect(UploadResponse.parse(await response.json()).upload.headers).toEqual({ 'content-type': type });
  });

  test.each<[string, object, number, string, string]>([
    ['an empty name', { filename: '' }, 422, 'input.bad_key', 'filename'],
    ['a name of 256 bytes', { filename: 'ä'.repeat(128) }, 422, 'input.bad_key', 'filename'],
    ['a folder', { filename: 'a/b.mp4' }, 422, 'input.bad_key', 'filename'],
    ['a folder of Windows', { filename: 'a\\b.mp4' }, 422, 'input.bad_key', 'filename'],
    ['a parent folder', { filename: '..' }, 422, 'input.bad_key', 'filename'],
    ['a line break', { filename: 'a\nb.mp4' }, 422, 'input.bad_key', 'filename'],
    ['half a character', { filename: '\ud800.mp4' }, 422, 'input.bad_key', 'filename'],
    ['a document', { contentType: 'application/pdf' }, 422, 'input.unsupported', 'contentType'],
    ['no type', { contentType: '' }, 422, 'input.unsupported', 'contentType'],
    ['a header in the type', { contentType: 'video/mp4\r\nx: y' }, 422, 'input.unsupported', 'contentType'],
    ['no bytes', { size: 0 }, 422, 'input.empty', 'size'],
    ['more than one PUT takes', { size: 5 * 1024 ** 3 + 1 }, 413, 'input.too_large', 'size'],
    ['more than is accepted', { size: 50_000_000_001 }, 413, 'input.too_large', 'size'],
    ['a negative size', { size: -1 }, 422, 'request.invalid', 'size'],
    ['a broken size', { size: 1.5 }, 422, 'request.invalid', 'size'],
    ['a size in words', { size: '12' }, 422, 'request.invalid', 'size'],
    ['no name', { filename: undefined }, 422, 'request.invalid', 'filename'],
    ['a number as type', { contentType: 7 }, 422, 'request.invalid', 'contentType'],
  ])('refuses %s', async (_name, change, status, code, field) => {
    const api = startApi();
    const response = await api.ask('/v1/uploads', post({ ...GOOD, ...change }));
    const problem = Problem.parse(await response.json());
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, problem.status, problem.code]).toEqual([status, status, code]);
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
    expect(api.reservations).toEqual([]);
  });

  test.each<[string, RequestInit, number, string]>([
    ['no JSON', post('{"filename":'), 400, 'request.malformed'],
    [
      'no body',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      400,
      'request.malformed',
    ],
    ['an array', post([]), 422, 'request.invalid'],
    ['null', post('null'), 422, 'request.invalid'],
    ['another type', post(GOOD, { 'content-type': 'text/plain' }), 415, 'request.media_type'],
    ['a form', { method: 'POST', body: new URLSearchParams(GOOD.filename) }, 415, 'request.media_type'],
    ['a huge body', post({ ...GOOD, filename: 'x'.repeat(20_000) }), 413, 'request.too_large'],
    [
      'a body that lies about its length',
      post('x'.repeat(20_000), { 'content-length': '5' }),
      413,
      'request.too_large',
    ],
  ])('answers %s with a problem', async (_name, init, status, code) => {
    const response = await startApi().ask('/v1/uploads', init);
    const problem = Problem.parse(await response.json());
    expect([response.status, problem.code]).toEqual([status, code]);
  });
});

describe('the bearer token', () => {
  const api = (token: () => Promise<string>) => startApi({ token });
  const known = () => Promise.resolve('s3cret');

  test.each<[string, Record<string, string>, number, string | null]>([
    ['the right one', { authorization: 'Bearer s3cret' }, 201, null],
    ['in lower case', { authorization: 'bearer s3cret' }, 201, null],
    ['none', {}, 401, 'Bearer realm="millrace"'],
    ['another scheme', { authorization: 'Basic s3cret' }, 401, 'Bearer realm="millrace"'],
    ['another one', { authorization: 'Bearer wrong' }, 401, 'Bearer realm="millrace", error="invalid_token"'],
    [
      'a longer one',
      { authorization: 'Bearer s3cret2' },
      401,
      'Bearer realm="millrace", error="invalid_token"',
    ],
    ['two words', { authorization: 'Bearer s3cret s3cret' }, 401, 'Bearer realm="millrace"'],
  ])('%s', async (_name, headers, status, challenge) => {
    const response = await api(known).ask('/v1/uploads', post(GOOD, headers));
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge]);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('is asked before the body is read, and for the list too', async () => {
    expect((await api(known).ask('/v1/uploads', post('{'))).status).toBe(401);
    expect((await api(known).ask('/v1/jobs')).status).toBe(401);
    expect((await api(known).ask('/v1/jobs', { headers: { authorization: 'Bearer s3cret' } })).status).toBe(
      200,
    );
  });

  test('is not asked for one job, files and health: the id is the capability', async () => {
    const paths = ['/v1/jobs/x', '/v1/jobs/x/files/a', '/v1/health', '/openapi.json'];
    const answers = await Promise.all(paths.map((path) => api(known).ask(path)));
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 200, 200]);
  });

  test('that cannot be read lets nobody in', async () => {
    const broken = api(() => Promise.reject(new Error('parameter store is away')));
    const response = await broken.ask('/v1/uploads', post(GOOD, { authorization: 'Bearer undefined' }));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The token cannot be checked at the moment.',
      code: 'service.unavailable',
    });
    expect(broken.reservations).toEqual([]);
    expect(broken.logged).toHaveLength(1);
  });
});
