import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'millrace-linux-x64');

/** Packages whose content depends on the platform, as Lambda (Amazon Linux, x86_64, glibc) needs them. */
const NATIVE = [
  '@ffmpeg-installer/linux-x64',
  '@ffprobe-installer/linux-x64',
  '@img/sharp-linux-x64',
  '@img/sharp-libvips-linux-x64',
];

/**
 * A `node_modules` folder that holds the linux-x64 packages: the project's own where the packager runs on such a
 * machine, else a cached one that npm fills in the versions of the lock file.
 * @returns {Promise<string>}
 */
export async function linuxModules() {
  const own = path.join(ROOT, 'node_modules');
  return (await holdsAll(own)) ? own : fillCache();
}

async function holdsAll(modules) {
  const found = await Promise.all(
    NATIVE.map((name) =>
      access(path.join(modules, name, 'package.json')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

async function fillCache() {
  const versions = await lockedVersions();
  const wanted = JSON.stringify({ private: true, dependencies: versions }, null, 2);
  const manifest = path.join(CACHE, 'package.json');
  const modules = path.join(CACHE, 'node_modules');
  const current = await readFile(manifest, 'utf8').catch(() => '');
  if (current === wanted && (await holdsAll(modules))) return modules;
  await mkdir(CACHE, { recursive: true });
  await writeFile(manifest, wanted);
  const flags = ['--os=linux', '--cpu=x64', '--libc=glibc', '--ignore-scripts', '--no-audit', '--no-fund'];
  // Through a shell, because npm is a script on Windows.
  await run(`npm install ${flags.join(' ')}`, { cwd: CACHE, shell: true });
  if (!(await holdsAll(modules))) throw new Error(`npm did not install ${NATIVE.join(', ')} for linux-x64`);
  return modules;
}

async function lockedVersions() {
  const { packages } = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.fromEntries(
    NATIVE.map((name) => {
      const version = packages[`node_modules/${name}`]?.version;
      if (version === undefined) throw new Error(`package-lock.json does not name ${name}`);
      return [name, version];
    }),
  );
}
