import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectStore } from '../../../shared/core/ports/object-store.ts';

/** A bucket that holds one file of the user's, to be read where it lies. Nothing can be put there. */
export function singleFileStore(file: string): ObjectStore {
  return {
    head: async () => ({ size: (await stat(file)).size, etag: 'quoted', contentType: null }),
    read: async (_key, { range } = {}) => createReadStream(file, range === undefined ? {} : { ...range }),
    put: () => Promise.reject(new Error('A quote makes nothing.')),
    localPath: async () => path.resolve(file),
  };
}
