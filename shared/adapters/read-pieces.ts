import { setTimeout } from 'node:timers/promises';
import { MillraceError } from '../core/errors.ts';
import type { MediaObject } from '../core/ports/media.ts';
import type { ByteRange } from '../core/ports/object-store.ts';
import { NotSplittable } from '../core/ranges/not-splittable.ts';

/**
 * Bounded, because a reader that seeks leaves the rest of its range unread, and the store would send it all. Small at
 * first, for readers that only look at an index; then a fixed part of what has been read, for those that stay.
 */
const FIRST_PIECE_BYTES = 64 * 1024;
const MAX_PIECE_BYTES = 4 * 1024 * 1024;
const PIECE_PART = 1 / 16;
/**
 * From one short piece to the next, at least. The system takes megabytes ahead of a reader; one that seeks says so in
 * milliseconds, and a store over a network is not faster.
 */
const SHORT_PIECE_MS = 12;
const SHORT_PIECE_BYTES = 512 * 1024;
/** Reads in a row that may end without a single byte. */
const MAX_FRUITLESS = 3;

/** Since when a reader has been waiting for the store, epoch milliseconds; null while it has what it wants. */
export interface StoreWait {
  since: number | null;
}

/** What a reader tells of itself while it reads. */
export interface ReadAccount {
  readonly wait: StoreWait;
  /** Called with each count of bytes that the store has sent; what it throws ends the read. */
  readonly spend: (bytes: number) => void;
}

/**
 * The bytes of a range, read from the store piece by piece; a piece that breaks off is continued where it broke.
 * @throws what the store throws: at once when it is final (`input.missing`), else after three fruitless reads
 */
export async function* readPieces(
  object: MediaObject,
  range: ByteRange,
  signal: AbortSignal,
  { wait, spend }: ReadAccount,
): AsyncGenerator<Buffer> {
  let position = range.start;
  let fruitless = 0;
  while (position <= range.end) {
    signal.throwIfAborted();
    const before = position;
    const wanted = Math.floor((position - range.start) * PIECE_PART);
    const pieceBytes = Math.min(MAX_PIECE_BYTES, Math.max(FIRST_PIECE_BYTES, wanted));
    const end = Math.min(range.end, position + pieceBytes - 1);
    const askedAt = Date.now();
    wait.since = askedAt;
    try {
      const piece = await object.store.read(object.key, {
        pin: object.pin,
        range: { start: position, end },
        signal,
      });
      for await (const chunk of piece) {
        const bytes = Buffer.from(chunk);
        position += bytes.length;
        wait.since = null;
        spend(bytes.length);
        yield bytes;
        wait.since = Date.now();
      }
      if (position <= end) throw new Error(`The store ended a read ${end + 1 - position} bytes early.`);
      const rest = askedAt + SHORT_PIECE_MS - Date.now();
      if (pieceBytes < SHORT_PIECE_BYTES && end < range.end && rest > 0) {
        await setTimeout(rest, undefined, { signal });
      }
    } catch (error) {
      fruitless = position > before ? 0 : fruitless + 1;
      const final = error instanceof NotSplittable || (error instanceof MillraceError && !error.retryable);
      if (signal.aborted || final || fruitless >= MAX_FRUITLESS) throw error;
    }
  }
  wait.since = null;
}
