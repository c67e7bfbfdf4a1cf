import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorker } from '../bundle.mjs';
import { packContents } from './contents.mjs';
import { writeTarGz } from './tar.mjs';

const ENTRY = 'batch-worker/main';
const NAME = /^batch-worker-[0-9a-f]{64}\.tar\.gz$/;

/**
 * Packs all that the container runs into `batch-worker-<SHA-256>.tar.gz`, and removes older ones.
 * @param {{ build: string, target: string }} directories for the bundle, for the archive
 * @returns {Promise<{ file: string, sha256: string }>} `file`: name below `target`
 */
export async function packWorker({ build, target }) {
  const bundle = await bundleWorker({ outdir: build });
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
