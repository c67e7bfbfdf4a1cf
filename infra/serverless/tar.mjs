import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deflated, deflatedFile } from './deflated.mjs';

const BLOCK = 512;
/** No name, no time, system unknown: the bytes depend on the content alone. */
const MEMBER_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/**
 * Writes a `.tar.gz`, entries in the order of their paths, all of user 0 and time 0. Headers and files are gzip members of
 * their own, which unpack as one stream, so that what other archives hold too is compressed once.
 * @param {string} archive
 * @param {readonly { path: string, file: string, mode: number }[]} entries `mode`: permission bits
 * @returns {Promise<string>} the archive's SHA-256, hexadecimal
 */
export async function writeTarGz(archive, entries) {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  await pipeline(Readable.from(members(sorted)), hashing(hash), createWriteStream(archive));
  return hash.digest('hex');
}

function hashing(hash) {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

async function* members(entries) {
  const contents = entries.map(({ file }) => deflatedFile(file));
  let padding = 0;
  for (const [index, { path, mode }] of entries.entries()) {
    const content = await contents[index];
    yield* member(await deflated(Buffer.concat([Buffer.alloc(padding), header(path, mode, content.size)])));
    yield* member(content);
    padding = (BLOCK - (content.size % BLOCK)) % BLOCK;
  }
  // Two empty blocks end an archive.
  yield* member(await deflated(Buffer.alloc(padding + 2 * BLOCK)));
}

function* member({ crc, size, data }) {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size, 4);
  yield MEMBER_HEADER;
  yield data;
  yield trailer;
}

/** POSIX ustar. */
function header(path, mode, size) {
  const { name, prefix } = split(path);
  const block = Buffer.alloc(BLOCK);
  const octal = (value, at, length) => block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A path of up to 255 bytes in the format's two fields. */
function split(path) {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  const cut = path.indexOf('/', path.length - 101);
  const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
  if (cut < 1 || Buffer.byteLength(name) > 100 || Buffer.byteLength(prefix) > 155)
    throw new Error(`The path does not fit into an archive: ${path}`);
  return { name, prefix };
}
