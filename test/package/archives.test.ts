import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ArchiveEntry, checkEntries, extract, readArchive } from './checks/archive.ts';
import { property, resourcesOf } from './checks/template.ts';
import { packageDirectory, readTemplate } from './packaged.ts';

const run = promisify(execFile);

/** What needs no other service, and what comes back. */
const NO_MESSAGES = [{ Records: [] }, { batchItemFailures: [] }];
const HEALTH = [
  {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/v1/health',
    rawQueryString: '',
    headers: { host: 'api.invalid' },
    requestContext: { http: { method: 'GET', path: '/v1/health' }, domainName: 'api.invalid' },
    isBase64Encoded: false,
  },
  expect.objectContaining({ statusCode: 200, body: '{"status":"ok"}' }),
];

const functions = resourcesOf(await readTemplate(), 'AWS::Lambda::Function').map(([, fn]) => ({
  name: z.string().parse(property(fn, 'FunctionName')),
  handler: z.string().parse(property(fn, 'Handler')),
  archive: path.basename(z.string().parse(property(fn, 'Code.S3Key'))),
  environment: z.record(z.string(), z.unknown()).parse(property(fn, 'Environment.Variables')),
}));
const archives = [...new Map(functions.map((fn) => [fn.archive, fn])).values()];

it('packs each folder once', async () => {
  const zips = (await readdir(packageDirectory())).filter((name) => name.endsWith('.zip'));
  expect(zips.sort()).toEqual(archives.map(({ archive }) => archive).sort());
});

it.each([
  ['dispatch.zip', ['bin/ffprobe'], false],
  ['rendition.zip', ['bin/ffmpeg', 'bin/ffprobe'], false],
  ['thumbnails.zip', ['bin/ffmpeg', 'bin/ffprobe'], true],
  ['chunk.zip', ['bin/ffmpeg', 'bin/ffprobe'], false],
  ['join.zip', ['bin/ffmpeg', 'bin/ffprobe'], true],
  ['dead-letters.zip', [], false],
  ['submit-batch.zip', [], false],
  ['batch-events.zip', [], false],
  ['status.zip', [], false],
  ['sweep.zip', [], false],
])('puts into %s what the function uses and no more', async (archive, binaries, hasSharp) => {
  const paths = (await readArchive(path.join(packageDirectory(), archive))).map((entry) => entry.path);
  expect(paths.filter((name) => name.startsWith('bin/'))).toEqual(binaries);
  expect(paths.some((name) => name.startsWith('node_modules/@img/sharp-linux-x64/'))).toBe(hasSharp);
  expect(paths.filter((name) => name.startsWith('functions/'))).toEqual([
    `functions/${path.basename(archive, '.zip')}/handler.mjs`,
  ]);
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE']));
});

describe.each(archives)('$archive', ({ archive, handler, environment }) => {
  let entries: ArchiveEntry[] = [];
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-archive-'));
    entries = await readArchive(path.join(packageDirectory(), archive));
    await extract(entries, directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('holds only what runs, within the limits', () => {
    expect(checkEntries(entries)).toEqual([]);
  });

  it('carries one fixed time', () => {
    expect([...new Set(entries.map(({ stamp }) => stamp))]).toEqual([0x0021_0000]);
  });

  it('has binaries that run', async () => {
    const binaries = entries.filter((entry) => entry.path.startsWith('bin/'));
    for (const { path: file } of binaries) {
      const { stdout } = await run(path.join(directory, file), ['-version'], { env: {} });
      expect(stdout).toMatch(new RegExp(`^${path.basename(file)} version `));
    }
  });

  it('has a handler that answers with nothing beside it', async () => {
    const file = path.join(directory, `${handler.replace(/\.handler$/, '')}.mjs`);
    const [event, answer] = archive === 'status.zip' ? HEALTH : NO_MESSAGES;
    const script = `const { handler } = await import(${JSON.stringify(file)});
      const answer = ${archive === 'sweep.zip'} ? typeof handler : await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 10_000 });
      process.stdout.write(JSON.stringify(answer), () => process.exit(0));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      env: asInLambda(environment, directory),
    });
    expect(JSON.parse(stdout)).toEqual(archive === 'sweep.zip' ? 'function' : answer);
  });
});

/** The declared environment with names in place of references and `/var/task` moved to `directory`. */
function asInLambda(declared: Readonly<Record<string, unknown>>, directory: string): Record<string, string> {
  const values = Object.entries(declared).map(([name, value]) => [
    name,
    typeof value === 'object'
      ? `https://${name.toLowerCase()}.invalid`
      : String(value).replace('/var/task', directory),
  ]);
  return {
    ...Object.fromEntries(values),
    AWS_REGION: 'us-east-1',
    LOG_LEVEL: 'silent',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
