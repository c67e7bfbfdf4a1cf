import { Readable } from 'node:stream';
import { MillraceError } from '../../core/errors.ts';
import { type Piece, pieceMap } from '../../core/join/piece-map.ts';
import { type PlannedRead, planReads } from '../../core/join/plan-reads.ts';
import { outputKey } from '../../core/keys.ts';
import type { MediaObject } from '../../core/ports/media.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { runQueue } from '../ladder/run-queue.ts';

/** A joined file that need not exist: its header, then bytes of committed media files. */
export interface VirtualFile {
  readonly bytes: number;
  /** Bytes `start` to `end`, excluded. */
  read(start: number, end: number, signal: AbortSignal): Promise<Buffer>;
}

export interface VirtualFileRequest {
  readonly store: ObjectStore;
  readonly jobId: string;
  readonly head: Uint8Array;
  readonly pieces: readonly Piece[];
  /** See `planReads`; default 256 KiB, what a store sends in the time of one answer. */
  readonly maxGap?: number;
}

const MAX_GAP = 256 * 1024;
/** Reads of one range at a time. */
const READS_AT_ONCE = 16;
/** Tries of a read that breaks off. */
const TRIES = 3;
/** Of what is read for somebody who asks for more than a buffer should hold. */
const BLOCK_BYTES = 4 * 1024 * 1024;
const ETAG = 'virtual';

export function openVirtualFile(request: VirtualFileRequest): VirtualFile {
  const { store, jobId, head, pieces, maxGap = MAX_GAP } = request;
  const map = pieceMap(pieces);
  return {
    bytes: head.length + map.bytes,
    async read(start, end, signal) {
      const target = Buffer.alloc(end - start);
      const inHead = head.subarray(start, end);
      target.set(inHead);
      const slices = map.slices(Math.max(0, start - head.length), Math.max(0, end - head.length));
      const jobs = planReads(slices, maxGap).map(
        (read) => (aborted: AbortSignal) =>
          readAgain(store, outputKey(jobId, read.path), read, target.subarray(inHead.length), aborted),
      );
      await runQueue(jobs, READS_AT_ONCE, signal);
      return target;
    },
  };
}

/** The file as an object that ffmpeg and ffprobe can be given. */
export function virtualObject(file: VirtualFile, signal: AbortSignal): MediaObject {
  async function* blocks(start: number, end: number, aborted: AbortSignal): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += BLOCK_BYTES) {
      yield await file.read(at, Math.min(at + BLOCK_BYTES, end), aborted);
    }
  }
  const store: ObjectStore = {
    head: async () => ({ size: file.bytes, etag: ETAG, contentType: null }),
    async read(_key, { range, signal: reader } = {}) {
      const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
      const either = reader === undefined ? signal : AbortSignal.any([signal, reader]);
      return Readable.from(blocks(start, Math.min(end + 1, file.bytes), either));
    },
    put: () => Promise.reject(new TypeError('A joined file is not written to.')),
    localPath: async () => undefined,
  };
  return { store, key: 'joined', pin: { etag: ETAG, versionId: null }, size: file.bytes };
}

async function readAgain(
  store: ObjectStore,
  key: string,
  read: PlannedRead,
  target: Buffer,
  signal: AbortSignal,
): Promise<void> {
  // Each stream listens to its signal, and there are many.
  const own = AbortSignal.any([signal]);
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await readOnce(store, key, read, target, own);
    } catch (error) {
      const isFinal = error instanceof MillraceError && !error.retryable;
      if (isFinal) throw lost(error);
      if (signal.aborted || tries === TRIES) throw error;
    }
  }
}

async function readOnce(
  store: ObjectStore,
  key: string,
  { start, end, slices }: PlannedRead,
  target: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const stream = await store.read(key, { range: { start, end: end - 1 }, signal });
  const left = slices.values();
  let slice = left.next().value;
  let position = start;
  for await (const chunk of stream) {
    const bytes: Buffer = chunk;
    while (slice !== undefined && slice.offset < position + bytes.length) {
      const from = Math.max(slice.offset, position);
      const to = Math.min(slice.offset + slice.bytes, position + bytes.length);
      bytes.copy(target, slice.at + from - slice.offset, from - position, to - position);
      if (to < slice.offset + slice.bytes) break;
      slice = left.next().value;
    }
    position += bytes.length;
  }
  if (position < end) {
    throw new MillraceError('infrastructure', 'A part of a video could not be read in full.', {
      retryable: true,
    });
  }
}

/** Whatever is the matter with a file of ours, the uploaded one is not to blame. */
function lost(cause: MillraceError): MillraceError {
  return new MillraceError('infrastructure', 'A part of a video that was made is gone.', {
    retryable: true,
    cause,
  });
}
