import type { FileHandle } from 'node:fs/promises';
import { invalidMedia } from '../../core/mp4/invalid-media.ts';
import { MAX_BOX_HEADER, readBoxHeader } from '../../core/mp4/read-boxes.ts';

/** Longest index that is read: six hours of picture and sound need a third of it. */
const MAX_MOVIE_BYTES = 64 * 2 ** 20;
/** Boxes at the top of a file; ffmpeg writes four. */
const MAX_BOXES = 64;

export interface Movie {
  /** Body of the `moov`. */
  readonly moov: Uint8Array;
  readonly fileBytes: number;
}

/** Finds the index of an MP4, wherever it stands. */
export async function readMovie(file: FileHandle): Promise<Movie> {
  const { size: fileBytes } = await file.stat();
  let at = 0;
  for (let boxes = 0; boxes < MAX_BOXES && at < fileBytes; boxes += 1) {
    const left = fileBytes - at;
    const header = readBoxHeader(await readExactly(file, at, Math.min(MAX_BOX_HEADER, left)), left);
    if (header.type === 'moov') {
      if (header.bytes > MAX_MOVIE_BYTES) throw invalidMedia(`its index has ${header.bytes} bytes`);
      const body = header.bytes - header.headerBytes;
      return { moov: await readExactly(file, at + header.headerBytes, body), fileBytes };
    }
    at += header.bytes;
  }
  throw invalidMedia('it has no index');
}

/** That many bytes from a place on, which must all be there. */
export async function readExactly(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await fillExactly(file, position, bytes);
  return bytes;
}

/** Fills all of `bytes` from a place on. */
export async function fillExactly(file: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) throw invalidMedia('it is cut off');
    filled += bytesRead;
  }
}
