import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);

/** By file: archives share the large binaries. */
const known = new Map();

/**
 * The content of a file, compressed once however many archives hold it.
 * @param {string} file
 * @returns {Promise<{ crc: number, size: number, data: Buffer }>} `size`: bytes before compression
 */
export function deflatedFile(file) {
  let content = known.get(file);
  if (content === undefined) {
    content = readFile(file).then(deflated);
    known.set(file, content);
  }
  return content;
}

/**
 * @param {Buffer} bytes
 * @returns {Promise<{ crc: number, size: number, data: Buffer }>} `size`: bytes before compression
 */
export async function deflated(bytes) {
  return { crc: crc32(bytes), size: bytes.length, data: await deflate(bytes, { level: 6 }) };
}
