import { open } from 'node:fs/promises';
import { type FileEnds, HEAD_BYTES, TAIL_BYTES } from '../core/breaks-off.ts';
import type { MediaInput } from '../core/ports/media.ts';

/** Reads both ends of what ffprobe reads, from disk or by two ranges. */
export async function readEnds({ url }: MediaInput, signal?: AbortSignal): Promise<FileEnds> {
  if (url.startsWith('file:')) return readFileEnds(url.slice('file:'.length));
  const head = await fetchRange(url, `0-${HEAD_BYTES - 1}`, signal);
  const tail = await fetchRange(url, `-${TAIL_BYTES}`, signal);
  return { size: tail.size, head: head.bytes, tail: tail.bytes };
}

async function readFileEnds(path: string): Promise<FileEnds> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    return {
      size,
      head: await read(0, HEAD_BYTES),
      tail: await read(Math.max(0, size - TAIL_BYTES), TAIL_BYTES),
    };
  } finally {
    await file.close();
  }
}

async function fetchRange(
  url: string,
  range: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly size: number; readonly bytes: Uint8Array }> {
  const response = await fetch(url, {
    headers: { range: `bytes=${range}` },
    ...(signal ? { signal } : {}),
  });
  const size = Number(response.headers.get('content-range')?.split('/')[1]);
  if (response.status !== 206 || !Number.isSafeInteger(size)) {
    throw new Error(`A range of the source was answered with status ${response.status}.`);
  }
  return { size, bytes: new Uint8Array(await response.arrayBuffer()) };
}
