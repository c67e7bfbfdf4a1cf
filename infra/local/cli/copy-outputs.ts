import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JobDocument } from '../../../shared/core/document-schema.ts';
import { Manifest } from '../../../shared/core/manifest.ts';
import type { ObjectStore } from '../../../shared/core/ports/object-store.ts';

/**
 * Copies every output of a job, and what its playlists name, to `<directory>/<key>`; a key begins with the job's id.
 */
export async function copyOutputs(outputs: ObjectStore, job: JobDocument, directory: string): Promise<void> {
  const keys = [...job.outputs.map(({ key }) => key), ...(await mediaKeys(outputs, job))];
  for (const key of keys) {
    const target = path.join(directory, ...key.split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(await pathOf(outputs, key), target);
  }
}

/** Only the manifest lists them. */
async function mediaKeys(outputs: ObjectStore, job: JobDocument): Promise<readonly string[]> {
  const manifest = job.outputs.find(({ kind }) => kind === 'manifest');
  if (manifest === undefined) return [];
  const text = await readFile(await pathOf(outputs, manifest.key), 'utf8');
  return Manifest.parse(JSON.parse(text)).media.map(({ key }) => key);
}

async function pathOf(outputs: ObjectStore, key: string): Promise<string> {
  const found = await outputs.localPath(key);
  if (found === undefined) throw new Error(`The output ${key} is not on this disk.`);
  return found;
}
