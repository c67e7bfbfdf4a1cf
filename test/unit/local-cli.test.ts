import { describe, expect, test } from 'vitest';
import { parseDemoArguments, UsageError } from '../../infra/local/cli/demo-arguments.ts';
import { labelsOf, lookAtFile } from '../../infra/local/cli/demo-files.ts';
import { formatBytes, formatSeconds, formatTable, formatUsd, painter } from '../../infra/local/cli/text.ts';

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
    [['--lane', 'chunked'], '--lane must be one of lambda, batch, found "chunked".'],
    [['--lane', 'moon'], '--lane must be one of lambda, batch, found "moon".'],
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
