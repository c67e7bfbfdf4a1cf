import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { fileBody } from '../../shared/edge/http/file-body.ts';

test('a reader that goes in the middle is no failure, and leaves nothing open', async () => {
  const source = new Readable({ read: () => undefined });
  const errors: unknown[] = [];
  const reader = fileBody(source, (error) => errors.push(error)).getReader();
  source.push(Buffer.from('first'));
  expect((await reader.read()).value).toEqual(Buffer.from('first'));
  const second = reader.read();
  await reader.cancel();
  expect((await second).done).toBe(true);
  expect([source.destroyed, errors]).toEqual([true, []]);
});

test('a source that breaks off does so with words that say nothing', async () => {
  const cause = new Error('/secret/path');
  const errors: unknown[] = [];
  const source = new Readable({ read: () => void source.destroy(cause) });
  const reader = fileBody(source, (error) => errors.push(error)).getReader();
  await expect(reader.read()).rejects.toThrow('The file could not be read to its end.');
  expect(errors).toEqual([cause]);
});
