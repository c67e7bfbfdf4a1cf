import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MillraceError } from '../core/errors.ts';
import type { PartUploads, UploadedPart } from '../core/ports/part-uploads.ts';
import { bucketDirectory, TEMPORARY_DIRECTORY } from './file-keys.ts';
import { findObject, isSystemError } from './file-objects.ts';
import { createFileStore } from './file-store.ts';

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PART_NAME = /^\d{5}$/;
const NUMBER_DIGITS = 5;

/**
 * Uploads to a bucket that is a directory: parts are files below its directory of files on their way in, so no listing
 * meets them, and what nobody completes goes when that is cleared.
 */
export function createFilePartUploads(root: string, bucket: string): PartUploads {
  const store = createFileStore(root, bucket);
  const directoryOf = (upload: string): string => {
    if (!UPLOAD_ID.test(upload)) throw uploadGone(undefined);
    return join(bucketDirectory(root, bucket), TEMPORARY_DIRECTORY, `${upload}.parts`);
  };

  /** Fails with ENOENT when the upload is gone. */
  async function partsOf(directory: string): Promise<readonly (UploadedPart & { readonly path: string })[]> {
    const names = (await readdir(directory)).filter((name) => PART_NAME.test(name)).sort();
    return Promise.all(
      names.map(async (name) => {
        const path = join(directory, name);
        return { number: Number(name), path, bytes: (await stat(path)).size };
      }),
    );
  }

  async function whatBecameOf(key: string, cause: unknown): Promise<'exists'> {
    if ((await findObject(root, bucket, key)) !== undefined) return 'exists';
    throw uploadGone(cause);
  }

  return {
    async begin(): Promise<string> {
      const upload = randomUUID();
      await mkdir(directoryOf(upload), { recursive: true });
      return upload;
    },

    async put(_key: string, upload: string, number: number, body: Uint8Array): Promise<void> {
      const directory = directoryOf(upload);
      const half = join(directory, `half-${randomUUID()}`);
      try {
        await writeFile(half, body);
        await rename(half, join(directory, String(number).padStart(NUMBER_DIGITS, '0')));
      } catch (error) {
        await rm(half, { force: true });
        throw isSystemError(error, 'ENOENT') ? uploadGone(error) : error;
      }
    },

    async list(_key: string, upload: string): Promise<readonly UploadedPart[]> {
      try {
        const parts = await partsOf(directoryOf(upload));
        return parts.map(({ number, bytes }) => ({ number, bytes }));
      } catch (error) {
        if (isSystemError(error, 'ENOENT') || error instanceof MillraceError) return [];
        throw error;
      }
    },

    async complete(key: string, upload: string): Promise<'created' | 'exists'> {
      const directory = directoryOf(upload);
      // Another that completes the same upload makes the same bytes in a file of its own.
      const whole = join(directory, `whole-${randomUUID()}`);
      try {
        const [first, ...others] = await partsOf(directory);
        if (first === undefined) return await whatBecameOf(key, undefined);
        await copyFile(first.path, whole, constants.COPYFILE_FICLONE);
        for (const { path } of others) {
          await pipeline(createReadStream(path), createWriteStream(whole, { flags: 'a' }));
        }
        const made = await store.put(key, whole, { contentType: '', sha256: '', attempt: 0 });
        await rm(directory, { recursive: true, force: true });
        return made;
      } catch (error) {
        if (!isSystemError(error, 'ENOENT')) throw error;
        return whatBecameOf(key, error);
      }
    },
  };
}

/** Cleared, or completed by somebody whose object is gone: a further attempt begins another. */
function uploadGone(cause: unknown): MillraceError {
  return new MillraceError('infrastructure', 'What was uploaded of a video so far is gone.', {
    retryable: true,
    cause,
  });
}
