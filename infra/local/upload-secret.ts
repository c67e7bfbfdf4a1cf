import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const BYTES = 32;

/** The key that upload addresses are signed with: made once per home, so that they outlive a restart. */
export async function uploadSecret(home: string): Promise<Buffer> {
  const file = path.join(home, 'upload-secret');
  try {
    const kept = await readFile(file);
    if (kept.length === BYTES) return kept;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = randomBytes(BYTES);
  await writeFile(file, made, { mode: 0o600 });
  return made;
}
