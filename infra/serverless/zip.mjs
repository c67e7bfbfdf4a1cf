import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deflatedFile } from './deflated.mjs';

/** 1980-01-01 00:00:00, the earliest a zip can say: the same content gives the same archive. */
const DOS_TIME = 0;
const DOS_DATE = 0x21;
/** Made by Unix, zip 2.0: the upper half of the external attributes is the file mode. */
const MADE_BY_UNIX = 0x0314;
const REGULAR_FILE = 0o100000;

/**
 * Writes a zip archive, entries in the order of their paths, with fixed times.
 * @param {string} archive
 * @param {readonly { path: string, file: string, mode: number }[]} entries `mode`: permission bits
 * @returns {Promise<void>}
 */
export async function writeZip(archive, entries) {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  await pipeline(Readable.from(records(sorted)), createWriteStream(archive));
}

async function* records(entries) {
  // Compressing runs on the thread pool: start them all, then write in order.
  const contents = entries.map(({ file }) => deflatedFile(file));
  const directory = [];
  let offset = 0;
  for (const [index, entry] of entries.entries()) {
    const content = await contents[index];
    const name = Buffer.from(entry.path);
    const header = localHeader(name, content);
    directory.push(directoryRecord(name, content, entry.mode, offset));
    offset += header.length + content.data.length;
    yield header;
    yield content.data;
  }
  const size = directory.reduce((sum, record) => sum + record.length, 0);
  yield* directory;
  yield endRecord(entries.length, size, offset);
}

/** Fields that local header and directory share, from "version needed" to "extra length". */
function common(name, content) {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  // Bit 11: the name is UTF-8.
  fields.writeUInt16LE(0x0800, 2);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt16LE(DOS_TIME, 6);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(content.crc, 10);
  fields.writeUInt32LE(content.data.length, 14);
  fields.writeUInt32LE(content.size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(name, content) {
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common(name, content), name]);
}

function directoryRecord(name, content, mode, offset) {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(((REGULAR_FILE | mode) << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(MADE_BY_UNIX);
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common(name, content), tail, name]);
}

function endRecord(count, size, offset) {
  const record = Buffer.alloc(18);
  record.writeUInt16LE(count, 4);
  record.writeUInt16LE(count, 6);
  record.writeUInt32LE(size, 8);
  record.writeUInt32LE(offset, 12);
  return Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), record]);
}
