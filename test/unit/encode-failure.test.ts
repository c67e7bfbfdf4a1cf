import { expect, it } from 'vitest';
import { encodeFailure } from '../../shared/core/encode-failure.ts';

it.each([
  ['killed for memory', { exitCode: null, signal: 'SIGKILL' }, [], 'limit.memory', true],
  ['killed inside a container', { exitCode: 137, signal: null }, [], 'limit.memory', true],
  ['told to stop', { exitCode: null, signal: 'SIGTERM' }, [], 'infrastructure', true],
  ['told to stop, and ended in order', { exitCode: 255, signal: null }, [], 'infrastructure', true],
  ['out of processor time', { exitCode: null, signal: 'SIGXCPU' }, [], 'limit.timeout', false],
  [
    'out of processor time, and ended in order',
    { exitCode: 255, signal: null, cpuSpent: true },
    [],
    'limit.timeout',
    false,
  ],
  [
    'out of processor time, and killed',
    { exitCode: null, signal: 'SIGKILL', cpuSpent: true },
    [],
    'limit.timeout',
    false,
  ],
  [
    'broken after much work',
    { exitCode: 1, signal: null, cpuSpent: true },
    ['Conversion failed!'],
    'encode.failed',
    false,
  ],
  [
    'disk full',
    { exitCode: 1, signal: null },
    ['av_interleaved_write_frame(): No space left on device'],
    'limit.disk',
    true,
  ],
  [
    'no decoder',
    { exitCode: 1, signal: null },
    ['Decoder (codec vvc) not found for input stream #0:0'],
    'input.unsupported',
    false,
  ],
  [
    'broken file',
    { exitCode: 1, signal: null },
    ['file:source: Invalid data found when processing input'],
    'input.corrupt',
    false,
  ],
  [
    'crashed',
    { exitCode: null, signal: 'SIGSEGV' },
    ['Invalid data found when processing input'],
    'encode.failed',
    false,
  ],
  ['anything else', { exitCode: 1, signal: null }, ['Conversion failed!'], 'encode.failed', false],
])('%s', (_name, exit, tail, code, retryable) => {
  expect(encodeFailure({ cpuSpent: false, ...exit }, tail)).toMatchObject({ code, retryable });
});

it('keeps what ffmpeg said for the log, out of the message', () => {
  const error = encodeFailure({ exitCode: 1, signal: null, cpuSpent: false }, [
    '/secret/path: Conversion failed!',
  ]);
  expect(error.message).toBe('The encoder failed on this video.');
  expect(error.cause).toEqual(new Error('ffmpeg ended with code 1: /secret/path: Conversion failed!'));
});
