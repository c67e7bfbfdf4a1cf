import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleEntries } from '../bundle.mjs';
import { packContents } from './contents.mjs';
import { writeTarGz } from './tar.mjs';

const ENTRY = 'batch-worker/main';
const SOURCE = fileURLToPath(new URL(`../../functions/${ENTRY}.ts`, import.meta.url));
const NAME = /^batch-worker-[0-9a-f]{64}\.tar\.gz$/;

/**
 * Packs all that the container runs into `batch-worker-<SHA-256>.tar.gz`, and removes older ones.
 * @param {{ build: string, target: string }} directories for the bundle, for the archive
 * @returns {Promise<{ file: string, sha256: string }>} `file`: name below `target`
 */
export async function packWorker({ build, target }) {
  await bundleEntries({ outdir: build, entries: { [ENTRY]: SOURCE } });
  const bundle = path.join(build, `${ENTRY}.mjs`);
  const unnamed = path.join(build, 'batch-worker.tar.gz');
  const contents = await packContents({ bundle, entry: ENTRY, binaries: ['ffmpeg', 'ffprobe'] });
  const sha256 = await writeTarGz(unnamed, contents);
  const file = `batch-worker-${sha256}.tar.gz`;
  for (const old of await readdir(target)) {
    if (NAME.test(old)) await rm(path.join(target, old));
  }
  await rename(unnamed, path.join(target, file));
  return { file, sha256 };
}
