import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Packages with binaries of their own: never inlined, found in `node_modules` at run time. */
export const EXTERNAL_PACKAGES = ['sharp', '@ffmpeg-installer/ffmpeg', '@ffprobe-installer/ffprobe'];

/** CommonJS packages inside an ES module still ask for these three. */
const BANNER = [
  "import { createRequire as millraceRequire } from 'node:module';",
  "import { fileURLToPath as millracePath } from 'node:url';",
  'const require = millraceRequire(import.meta.url);',
  'const __filename = millracePath(import.meta.url);',
  "const __dirname = millracePath(new URL('.', import.meta.url));",
].join('\n');

/**
 * zod's messages in English alone: the other fifty languages take 0.36 MB of every bundle and 4 MB of memory.
 * @type {import('esbuild').Plugin}
 */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path: file }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: path.dirname(file),
    }));
  },
};

/**
 * The esbuild options of everything that runs as a function, here and deployed.
 * @param {Record<string, string>} entryPoints output path without extension -> source file
 * @param {string} outdir
 * @returns {import('esbuild').BuildOptions}
 */
function options(entryPoints, outdir) {
  return {
    absWorkingDir: ROOT,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: EXTERNAL_PACKAGES,
    banner: { js: BANNER },
    // fluent-ffmpeg asks for a coverage build of itself that is not in its package.
    define: { 'process.env.FLUENTFFMPEG_COV': 'undefined' },
    plugins: [ENGLISH_ONLY],
    legalComments: 'none',
    logLevel: 'error',
  };
}

/**
 * Names of the function folders, sorted.
 * @returns {Promise<string[]>}
 */
export async function functionFolders() {
  const handlers = (await readdir(path.join(ROOT, 'functions'), { recursive: true })).filter(
    (file) => path.basename(file) === 'handler.ts' && path.dirname(path.dirname(file)) === '.',
  );
  return handlers.map((file) => path.dirname(file)).sort();
}

/**
 * Bundles `functions/<name>/handler.ts` to `<outdir>/<name>/handler.mjs`.
 * @param {{ outdir: string, names?: readonly string[] }} request `names`: function folders; default all
 * @returns {Promise<string[]>} the bundled names
 */
export async function bundleFunctions({ outdir, names }) {
  const wanted = names === undefined ? await functionFolders() : [...names];
  await bundleEntries({
    outdir,
    entries: Object.fromEntries(
      wanted.map((name) => [`${name}/handler`, path.join(ROOT, 'functions', name, 'handler.ts')]),
    ),
  });
  return wanted;
}

/**
 * Bundles what containers run, `functions/batch-worker/main.ts`, to `<outdir>/batch-worker/main.mjs`.
 * @param {{ outdir: string }} request
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleWorker({ outdir }) {
  const entry = 'batch-worker/main';
  await bundleEntries({ outdir, entries: { [entry]: path.join(ROOT, 'functions', `${entry}.ts`) } });
  return path.resolve(outdir, `${entry}.mjs`);
}

/**
 * Bundles any source file with the options of the functions.
 * @param {{ outdir: string, entries: Record<string, string> }} request output path without extension -> source file
 * @returns {Promise<void>}
 */
export async function bundleEntries({ outdir, entries }) {
  if (Object.keys(entries).length === 0) return;
  await build(options(entries, path.resolve(outdir)));
}
