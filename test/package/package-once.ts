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

/**
 * Packages the service once for all tests of this folder: in a directory of its own, so that a `.serverless` that
 * is there stays, and with an empty home and no credentials.
 */
export default async function packageOnce(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-package-'));
  await Promise.all(
    ['functions', 'infra', 'shared', 'node_modules', 'package.json'].map((name) =>
      symlink(path.join(ROOT, name), path.join(directory, name)),
    ),
  );
  await cp(path.join(ROOT, 'serverless.yml'), path.join(directory, 'serverless.yml'));
  await mkdir(path.join(directory, 'home'));
  await promisify(execFile)(
    process.execPath,
    [path.join(ROOT, 'node_modules', 'serverless', 'bin', 'serverless.js'), 'package'],
    {
      cwd: directory,
      // An unroutable proxy: whatever asks the network fails.
      env: {
        PATH: process.env['PATH'],
        HOME: path.join(directory, 'home'),
        HTTPS_PROXY: 'http://127.0.0.1:9',
        HTTP_PROXY: 'http://127.0.0.1:9',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  project.provide('packageDirectory', path.join(directory, '.serverless'));
  return () => rm(directory, { recursive: true, force: true });
}
