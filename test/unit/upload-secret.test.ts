import { stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { uploadSecret } from '../../infra/local/upload-secret.ts';
import { temporaryHome } from '../helpers/temporary-home.ts';

test('the key of upload addresses outlives a restart, is its owner’s alone, and is made anew when it is damaged', async () => {
  const home = await temporaryHome();
  try {
    const first = await uploadSecret(home.path);
    expect(first.length).toBe(32);
    expect(await uploadSecret(home.path)).toEqual(first);
    const file = path.join(home.path, 'upload-secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await truncate(file, 3);
    const anew = await uploadSecret(home.path);
    expect(anew.length).toBe(32);
    expect(anew).not.toEqual(first);
  } finally {
    await home.remove();
  }
});
