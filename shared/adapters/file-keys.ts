import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';

/** Holds objects whose key is no good as a path; inside the bucket's directory. */
export const ENCODED_DIRECTORY = '.encoded';
/** Holds files on their way in; inside the bucket's directory, so on its device. */
export const TEMPORARY_DIRECTORY = '.tmp';
/** Beside an encoded object, a file with its key. */
export const KEY_SUFFIX = '.key';

/** Common file systems take 255 bytes of UTF-8 in a name. */
const MAX_NAME_BYTES = 255;
/** What is written stays shorter: editors and copies append to names. */
const MAX_WRITTEN_NAME_BYTES = 200;

/** Directory of a bucket. */
export function bucketDirectory(root: string, bucket: string): string {
  return join(root, bucket);
}

/**
 * Where an object of this key is written: `<root>/<bucket>/<key>` when every segment is a plain file name,
 * otherwise `<root>/<bucket>/.encoded/<sha256 of the key>`.
 */
export function objectPath(root: string, bucket: string, key: string): string {
  const plain = isPlainKey(key) ? plainPath(root, bucket, key) : undefined;
  return plain ?? encodedPath(root, bucket, key);
}

/** Path that spells the key out, or undefined when such a path could leave the bucket, hide or not exist. */
export function plainPath(root: string, bucket: string, key: string): string | undefined {
  const segments = key.split('/');
  return segments.every(isContainedName) ? join(bucketDirectory(root, bucket), ...segments) : undefined;
}

/** Path that holds any key at all. */
export function encodedPath(root: string, bucket: string, key: string): string {
  const name = createHash('sha256').update(key).digest('hex');
  return join(bucketDirectory(root, bucket), ENCODED_DIRECTORY, name);
}

/** Whether new objects of this key are written to their {@link plainPath}. */
export function isPlainKey(key: string): boolean {
  return (
    !/[\p{Cc}\p{Cs}\\]/u.test(key) &&
    key.split('/').every((name) => isContainedName(name) && Buffer.byteLength(name) <= MAX_WRITTEN_NAME_BYTES)
  );
}

/**
 * The key spelled by a path in a bucket's directory; undefined for hidden files and directories and for paths
 * elsewhere. Encoded objects carry their key in the file beside them.
 */
export function keyOfPath(root: string, bucket: string, path: string): string | undefined {
  const key = relative(bucketDirectory(root, bucket), path).split(sep).join('/');
  return key.split('/').every(isContainedName) ? key : undefined;
}

function isContainedName(name: string): boolean {
  return (
    name !== '' && !name.startsWith('.') && !name.includes('\0') && Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}
