import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('writes one JSON line per entry, whatever a key contains', () => {
  const key = 'a\nb\r\u2028{"level":"error"}\u0000.mp4';
  const script = `
    import { createLogger } from './shared/edge/logger.ts';
    const log = createLogger('info', { function: 'test' });
    log.debug({}, 'too fine');
    log.info({ key: ${JSON.stringify(key)} }, 'upload');
    log.error({ err: new Error('line one\\nline two') }, 'failed');
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'info', time: expect.any(String), function: 'test', key, msg: 'upload' },
    {
      level: 'error',
      time: expect.any(String),
      function: 'test',
      msg: 'failed',
      err: expect.objectContaining({ message: 'line one\nline two' }),
    },
  ]);
});
