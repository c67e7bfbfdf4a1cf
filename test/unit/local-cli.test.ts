import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseDemoArguments, UsageError } from '../../infra/local/cli/demo-arguments.ts';
import { labelsOf, lookAtFile } from '../../infra/local/cli/demo-files.ts';
import { summarizeJob } from '../../infra/local/cli/job-summary.ts';
import { createProgressDisplay } from '../../infra/local/cli/progress-display.ts';
import { formatBytes, formatSeconds, formatTable, formatUsd, painter } from '../../infra/local/cli/text.ts';
import { jobDocument } from '../../shared/core/document.ts';
import type { Job } from '../../shared/core/job.ts';
import { completedJob } from '../fixtures/job-states.ts';

describe('arguments of the demo', () => {
  const nothing = {
    files: [],
    json: false,
    out: undefined,
    lane: undefined,
    lambdaTimeoutSeconds: undefined,
    lambdaMemoryMb: undefined,
    dryRun: false,
    help: false,
  };

  test.each([
    [[], nothing],
    [['a.mp4', '--json', 'b c.mp4'], { ...nothing, files: ['a.mp4', 'b c.mp4'], json: true }],
    [['--', '-odd.mp4'], { ...nothing, files: ['-odd.mp4'] }],
    [['--lane', 'batch'], { ...nothing, lane: 'batch' }],
    [['--lane', 'chunked'], { ...nothing, lane: 'chunked' }],
    [
      ['--out', 'dir', '--lane=lambda', '--lambda-timeout', '2.5', '--lambda-memory=300', '--dry-run'],
      {
        ...nothing,
        out: 'dir',
        lane: 'lambda',
        lambdaTimeoutSeconds: 2.5,
        lambdaMemoryMb: 300,
        dryRun: true,
      },
    ],
  ])('%j', (args, parsed) => {
    expect(parseDemoArguments(args)).toEqual(parsed);
  });

  test.each([
    [['--fast'], "Unknown option '--fast'"],
    [['--out'], "Option '--out <value>' argument missing"],
    [['--out='], '--out needs a value.'],
    [['--lane', 'moon'], '--lane must be one of lambda, chunked, batch, found "moon".'],
    [
      ['--lambda-timeout', '0'],
      '--lambda-timeout must be a number of seconds above 0 and up to 43200, found "0".',
    ],
    [
      ['--lambda-memory', 'much'],
      '--lambda-memory must be a number of megabytes above 0 and up to 10240, found "much".',
    ],
  ])('%j is refused', (args, message) => {
    expect(() => parseDemoArguments(args)).toThrow(UsageError);
    expect(() => parseDemoArguments(args)).toThrow(message);
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [123_456_789, '123 MB'],
  [50_000_000_000, '50.0 GB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.04, '0.0 s'],
  [30, '30.0 s'],
  [125, '2 min 05 s'],
])('%d seconds are shown as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [0, '$0'],
  [0.003629, '$0.003629'],
  [1.5, '$1.5000'],
])('%d USD are shown as %s', (usd, text) => {
  expect(formatUsd(usd)).toBe(text);
});

test('columns line up', () => {
  expect(
    formatTable([
      ['a', '', 'long'],
      ['longer', 'b', ''],
    ]),
  ).toEqual(['a          long', 'longer  b']);
});

test.each([
  ['on a terminal', true, {}, '\u001b[32mdone\u001b[39m'],
  ['elsewhere', false, {}, 'done'],
  ['where nobody wants it', true, { NO_COLOR: '1' }, 'done'],
])('colour %s', (_, isTTY, env, text) => {
  expect(painter({ isTTY }, env)('green', 'done')).toBe(text);
});

test('files of one name are told apart, control characters are not printed', () => {
  expect(labelsOf(['a.mp4', 'b\n.mp4', 'a.mp4'])).toEqual(['a.mp4', 'b�.mp4', 'a.mp4 (2)']);
});

test.each([
  ['no/such/file.mp4', { kind: 'unusable', problem: 'no/such/file.mp4 does not exist.' }],
  ['test', { kind: 'unusable', problem: 'test is not a file.' }],
  ['package.json', { kind: 'file', path: 'package.json', name: 'package.json' }],
])('%s', async (file, found) => {
  expect(await lookAtFile(file)).toEqual(found);
});

describe('the lane', () => {
  const plain = painter({}, {});
  const document = (job: Job) => jobDocument(job, () => 'url');
  const handedOver = (): Job => {
    const job = completedJob();
    return {
      ...job,
      tasks: job.tasks.map((task) =>
        task.name === '720p' ? { ...task, lane: 'batch', laneReason: 'It was too slow.' } : task,
      ),
    };
  };

  test('is told with the end of a job that was not made by a function per rendition, and only then', () => {
    const lines = (job: Job) => summarizeJob('a.mp4', document(job), (key) => key, plain);
    const reasons = [handedOver().header.laneReason, 'It was too slow.'].map((text) => `  ${text}`);
    expect(lines(handedOver()).slice(1, 3)).toEqual(reasons);
    const job = completedJob();
    const chunked: Job = { ...job, header: { ...job.header, lane: 'chunked' } };
    expect(lines(chunked).slice(1, 2)).toEqual(reasons.slice(0, 1));
    expect(lines(job)).not.toContain(reasons[0]);
  });

  test('stands beside the state of a task that a container makes', () => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    const display = createProgressDisplay(Object.assign(stream, { isTTY: false }), plain);
    display.update('a.mp4', document(handedOver()));
    expect(written.filter((line) => line.includes('batch'))).toEqual(['a.mp4  720p  succeeded (batch)\n']);
  });
});
