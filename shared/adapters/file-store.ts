import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { MillraceError } from '../core/errors.ts';
import type { ObjectInfo, ObjectStore, Pin, PutOptions, ReadOptions } from '../core/ports/object-store.ts';
import {
  bucketDirectory,
  encodedPath,
  isPlainKey,
  KEY_SUFFIX,
  plainPath,
  TEMPORARY_DIRECTORY,
} from './file-keys.ts';
import { describe, type FileObject, findObject, isSystemError, parentKind } from './file-objects.ts';

/**
 * A bucket that is the directory `<root>/<bucket>`. Objects are regular files under their own keys where a key
 * is a plain path; see `file-keys.ts`. Links are never followed.
 *
 * `put` hard-links the file where the device is the same, so the caller must not write to it again.
 * Content types and checksums are not kept: whoever lists outputs has them.
 */
export function createFileStore(root: string, bucket: string): ObjectStore {
  return {
    async head(key: string, pin?: Pin): Promise<ObjectInfo | undefined> {
      const object = await findObject(root, bucket, key);
      if (object === undefined || (pin !== undefined && pin.etag !== object.etag)) return undefined;
      return { size: object.size, etag: object.etag, contentType: null };
    },

    async read(key: string, options: ReadOptions = {}): Promise<Readable> {
      const { pin, range, signal } = options;
      signal?.throwIfAborted();
      const object = await findObject(root, bucket, key);
      if (object === undefined) throw gone();
      const handle = await open(object.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
        (error: unknown) => {
          throw isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP') ? gone(error) : error;
        },
      );
      try {
        const opened = describe(key, object.path, await handle.stat({ bigint: true }));
        assertPinned(opened.etag, pin);
        if (range !== undefined && (range.start > range.end || range.start >= opened.size)) {
          throw new RangeError(`bytes ${range.start}-${range.end} of an object of ${opened.size} bytes`);
        }
        const stream = handle.createReadStream(range === undefined ? {} : { ...range });
        return signal === undefined ? stream : addAbortSignal(signal, stream);
      } catch (error) {
        await handle.close();
        throw error;
      }
    },

    async put(key: string, file: string, _options: PutOptions): Promise<'created' | 'exists'> {
      if ((await findObject(root, bucket, key)) !== undefined) return 'exists';
      // A link must name the file itself, not a link to it.
      const source = await realpath(file);
      const plain = await plainPlace(root, bucket, key);
      if (plain !== undefined) {
        const made = await linkNew(root, bucket, source, plain);
        // What stands there may be a directory: of a key that continues this one.
        if (made === 'created' || (await findObject(root, bucket, key)) !== undefined) return made;
      }
      return linkNew(root, bucket, source, await encodedPlace(root, bucket, key));
    },

    async localPath(key: string, pin?: Pin): Promise<string | undefined> {
      const object = await findObject(root, bucket, key);
      return pin === undefined || pin.etag === object?.etag ? object?.path : undefined;
    },
  };
}

/**
 * Moves a file on the bucket's device to a key, replacing what is there, as an upload does. A path to write it to
 * first comes from {@link temporaryFile}.
 */
export async function replaceObject(
  root: string,
  bucket: string,
  key: string,
  file: string,
): Promise<FileObject> {
  const standing = await findObject(root, bucket, key);
  const place =
    standing?.path ?? (await plainPlace(root, bucket, key)) ?? (await encodedPlace(root, bucket, key));
  try {
    await rename(file, place);
  } catch (error) {
    // The key of a directory of longer keys.
    if (!isSystemError(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
    await rename(file, await encodedPlace(root, bucket, key));
  }
  const object = await findObject(root, bucket, key);
  if (object === undefined) throw gone();
  return object;
}

/** A fresh path in the bucket's directory of files on their way in; never visible as an object. */
export async function temporaryFile(root: string, bucket: string): Promise<string> {
  const directory = join(bucketDirectory(root, bucket), TEMPORARY_DIRECTORY);
  await mkdir(directory, { recursive: true });
  return join(directory, randomUUID());
}

/** The path that spells the key out, its directory made; undefined where something else is in the way. */
async function plainPlace(root: string, bucket: string, key: string): Promise<string | undefined> {
  const path = isPlainKey(key) ? plainPath(root, bucket, key) : undefined;
  if (path === undefined || (await parentKind(root, bucket, path)) === 'blocked') return undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    return path;
  } catch (error) {
    if (isSystemError(error, 'EEXIST', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The path for any key, with the key written beside it first, so that no listing meets an object without one. */
async function encodedPlace(root: string, bucket: string, key: string): Promise<string> {
  const path = encodedPath(root, bucket, key);
  await mkdir(dirname(path), { recursive: true });
  const sidecar = await temporaryFile(root, bucket);
  await writeFile(sidecar, key);
  await rename(sidecar, `${path}${KEY_SUFFIX}`);
  return path;
}

async function linkNew(
  root: string,
  bucket: string,
  file: string,
  place: string,
): Promise<'created' | 'exists'> {
  try {
    await link(file, place);
    return 'created';
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return 'exists';
    // Another device, another owner's file, or no links left.
    if (!isSystemError(error, 'EXDEV', 'EPERM', 'EMLINK')) throw error;
  }
  const copy = await temporaryFile(root, bucket);
  try {
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    await link(copy, place);
    return 'created';
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return 'exists';
    throw error;
  } finally {
    await rm(copy, { force: true });
  }
}

function assertPinned(etag: string, pin: Pin | undefined): void {
  if (pin === undefined || pin.etag === etag) return;
  throw new MillraceError('input.missing', 'The file was replaced by another upload before it was read.');
}

function gone(cause?: unknown): MillraceError {
  return new MillraceError('input.missing', 'The file is gone: it was removed before it was read.', {
    cause,
  });
}
