import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClip } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const clip = path.join(os.tmpdir(), `millrace-key-clip-${process.pid}.mp4`);
let service: TestStack;

beforeAll(async () => {
  await makeClip(clip, 'testsrc=s=96x64:r=5:d=0.4', 10);
  service = await startTestStack({ environment: { LOG_LEVEL: 'debug' } });
});
afterAll(async () => {
  await service.stop();
  await rm(clip, { force: true });
});

test('keys of every kind work, under their own name', async () => {
  const keys = [
    'with space.mp4',
    'a+b%20c.mp4',
    '100%.mp4',
    'ünïcødé/视频 🎬.mp4',
    '../../etc/passwd.mp4',
    '-i.mp4',
    './-y/../x.mp4',
    `${'d/'.repeat(300)}${'k'.repeat(420)}.mp4`,
    'quote"\'`$(id).mp4',
    '.hidden.mp4',
  ];
  for (const key of keys) await service.putFile(key, clip);
  const jobs = await Promise.all(keys.map(async (key) => service.ended((await service.jobOf(key)).id)));
  expect(jobs.map(({ source, state }) => [source.key, state])).toEqual(keys.map((key) => [key, 'completed']));
});

test('names that cannot be shown are refused, and stay one line of the log', async () => {
  const keys = ['line\nbreak {"level":60}.mp4', 'nul\u0000.mp4', 'tab\there.mp4'];
  for (const key of keys) await service.putFile(key, clip);
  const jobs = await Promise.all(keys.map(async (key) => service.ended((await service.jobOf(key)).id)));
  expect(jobs.map(({ source, error }) => [source.key, error?.code])).toEqual(
    keys.map((key) => [key, 'input.bad_key']),
  );
  await service.quiet();
  const log = await readFile(path.join(service.stack.home.logs, 'dispatch.log'), 'utf8');
  const lines = log.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(keys.length);
  for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
});
