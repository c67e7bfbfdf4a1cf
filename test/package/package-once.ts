import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Holds the packaged template and the archives. */
    readonly packageDirectory: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The packager's program. */
export const SERVERLESS = path.join(ROOT, 'node_modules', 'serverless', 'bin', 'serverless.js');

/**
 * Packages the service once for all tests of this folder: in a directory of its own, so that a `.serverless` that
 * is there stays, and with an empty home and no credentials.
 */
export default async function packageOnce(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-package-'));
  const cleanUp = () => rm(directory, { recursive: true, force: true });
  try {
    await packageInto(directory);
  } catch (error) {
    await cleanUp();
    throw error;
  }
  project.provide('packageDirectory', path.join(directory, '.serverless'));
  return cleanUp;
}

/** Makes `directory` one that the service can be packaged in and deployed from. */
export async function linkService(directory: string): Promise<void> {
  await Promise.all(
    ['functions', 'infra', 'shared', 'node_modules', 'package.json'].map((name) =>
      symlink(path.join(ROOT, name), path.join(directory, name)),
    ),
  );
  await cp(path.join(ROOT, 'serverless.yml'), path.join(directory, 'serverless.yml'));
}

async function packageInto(directory: string): Promise<void> {
  const home = path.join(directory, 'home');
  await mkdir(home);
  await linkService(directory);
  // An unroutable proxy: whatever asks the network fails.
  const proxy = 'http://127.0.0.1:9';
  await promisify(execFile)(process.execPath, [SERVERLESS, 'package'], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      HTTPS_PROXY: proxy,
      HTTP_PROXY: proxy,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}
