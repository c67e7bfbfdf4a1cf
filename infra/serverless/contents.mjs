import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { linuxModules } from './linux-packages.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = path.join(ROOT, 'node_modules');

/** Package that carries the binary; the file is named after it. */
const BINARIES = { ffmpeg: '@ffmpeg-installer/linux-x64', ffprobe: '@ffprobe-installer/linux-x64' };
const SHARP_NATIVES = ['@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'];

/** What nothing loads at run time; licences stay. */
const DEAD_WEIGHT =
  /\.(d\.[cm]?ts|map|cc|h|gyp)$|(^|\/)(README|CHANGELOG)[^/]*$|(^|\/)(test|tests|docs|src|install)\//;

/**
 * What one archive holds: the bundle as `functions/<entry>.mjs`, the binaries it asks for, sharp when the bundle imports it.
 * @param {{ bundle: string, entry: string, binaries: readonly string[] }} request `entry`: for example `dispatch/handler`
 * @returns {Promise<{ path: string, file: string, mode: number }[]>}
 */
export async function packContents({ bundle, entry, binaries }) {
  const entries = [
    { path: `functions/${entry}.mjs`, file: bundle, mode: 0o644 },
    ...['LICENSE', 'NOTICE'].map((name) => ({ path: name, file: path.join(ROOT, name), mode: 0o644 })),
  ];
  const linux = await linuxModules();
  for (const name of binaries) {
    entries.push({ path: `bin/${name}`, file: path.join(linux, BINARIES[name], name), mode: 0o755 });
  }
  if (/\b(from|import|require)\s*\(?["']sharp["']/.test(await readFile(bundle, 'utf8'))) {
    for (const name of await withDependencies('sharp')) entries.push(...(await packageFiles(MODULES, name)));
    for (const name of SHARP_NATIVES) entries.push(...(await packageFiles(linux, name)));
  }
  return entries;
}

/** The package and what it depends on, whatever the platform. */
async function withDependencies(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const { dependencies = {} } = JSON.parse(await readFile(path.join(MODULES, name, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) await withDependencies(dependency, seen);
  return seen;
}

async function packageFiles(modules, name) {
  const root = path.join(modules, name);
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.includes('node_modules/') && !DEAD_WEIGHT.test(file))
    .map((file) => ({
      path: `node_modules/${name}/${file}`,
      file: path.join(root, file),
      mode: /\.(node|so(\.[\d.]+)?)$/.test(file) ? 0o755 : 0o644,
    }));
}
