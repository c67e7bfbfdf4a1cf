import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A directory for one test's stack. */
export async function temporaryHome(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'millrace-home-'));
  return { path: home, remove: () => rm(home, { recursive: true, force: true }) };
}
