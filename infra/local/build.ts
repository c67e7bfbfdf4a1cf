import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleEntries, bundleFunctions, bundleWorker } from '../bundle.mjs';

export interface Build {
  /** Absolute path of the program that runs inside an environment. */
  readonly runtime: string;
  /** Absolute path of the handler in `functions/<folder>`. */
  bundle(folder: string): string;
  /** Absolute path of the program that stands for a container's. */
  readonly containerRuntime: string;
  /** Absolute path of the container's entry point. */
  readonly worker: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the project, so that bundles find the packages that are not inlined. */
const BUILDS = path.join(ROOT, '.build', 'functions');
/** Programs that start what is bundled: name in the build and source. */
const RUNTIMES = {
  runtime: 'infra/local/host/runtime.ts',
  'container-runtime': 'infra/local/batch/runtime.ts',
};
/** What goes into a bundle: our sources, and the exact versions of all packages. */
const INPUTS = [
  'functions',
  'shared',
  'infra/local/host',
  'infra/local/batch',
  'infra/bundle.mjs',
  'package-lock.json',
];
const KEEP_MS = 7 * 86_400_000;

/**
 * Bundles the functions and the container's worker, or finds them bundled: a build is named by the content of its inputs
 * and appears whole, so that many stacks can start at once. Builds that nobody used for a week are removed.
 */
export async function buildFunctions(folders: readonly string[]): Promise<Build> {
  const names = [...new Set(folders)].sort();
  const directory = path.join(BUILDS, await hashInputs(names));
  if (!(await touch(directory))) {
    await mkdir(BUILDS, { recursive: true });
    await removeOld();
    await build(directory, names);
  }
  return {
    runtime: path.join(directory, 'runtime.mjs'),
    bundle: (folder) => path.join(directory, folder, 'handler.mjs'),
    containerRuntime: path.join(directory, 'container-runtime.mjs'),
    worker: path.join(directory, 'batch-worker', 'main.mjs'),
  };
}

async function build(directory: string, names: readonly string[]): Promise<void> {
  const fresh = await mkdtemp(path.join(BUILDS, 'new-'));
  try {
    await Promise.all([
      bundleFunctions({ outdir: fresh, names }),
      bundleWorker({ outdir: fresh }),
      bundleEntries({ outdir: fresh, entries: RUNTIMES }),
    ]);
    await rename(fresh, directory);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Somebody else was faster with the same inputs.
    if (!(await touch(directory))) throw error;
  }
}

async function hashInputs(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(names));
  for (const input of INPUTS) {
    for (const file of await filesOf(path.join(ROOT, input))) {
      hash.update(`\0${path.relative(ROOT, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(input: string): Promise<string[]> {
  if ((await stat(input)).isFile()) return [input];
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|mjs|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Marks a build as used; false when there is none. */
async function touch(directory: string): Promise<boolean> {
  const now = new Date();
  return utimes(directory, now, now).then(
    () => true,
    () => false,
  );
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const directory = path.join(BUILDS, name);
    const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > KEEP_MS) await rm(directory, { recursive: true, force: true });
  }
}
