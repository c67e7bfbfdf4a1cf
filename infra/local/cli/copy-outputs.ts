import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { JobDocument } from '../../../shared/core/document-schema.ts';
import type { ObjectStore } from '../../../shared/core/ports/object-store.ts';

/** Copies every output of a job to `<directory>/<key>`; a key begins with the job's id. */
export async function copyOutputs(outputs: ObjectStore, job: JobDocument, directory: string): Promise<void> {
  for (const { key } of job.outputs) {
    const source = await outputs.localPath(key);
    if (source === undefined) throw new Error(`The output ${key} is not on this disk.`);
    const target = path.join(directory, ...key.split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(source, target);
  }
}
