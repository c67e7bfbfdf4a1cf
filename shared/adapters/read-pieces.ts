import { setTimeout } from 'node:timers/promises';
import { MillraceError } from '../core/errors.ts';
import type { MediaObject } from '../core/ports/media.ts';
import type { ByteRange } from '../core/ports/object-store.ts';
import { NotSplittable } from '../core/ranges/not-splittable.ts';

/**
 * Bounded, because a reader that seeks leaves the rest of its range unread, and the store would send it all. Small at
 * first, for readers that only look at an index; doubled with each piece for those that stay.
 */
const FIRST_PIECE_BYTES = 64 * 1024;
const MAX_PIECE_BYTES = 2 * 1024 * 1024;
/**
 * Between pieces. The system takes megabytes ahead of a reader; one that seeks says so within a millisecond or two, and
 * one that stays does not feel it. Through a store without delay a chunk of the film read twice its share, with this 1.4
 * times.
 */
const PAUSE_MS = 4;
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
  let pieceBytes = FIRST_PIECE_BYTES;
  while (position <= range.end) {
    signal.throwIfAborted();
    const before = position;
    const end = Math.min(range.end, position + pieceBytes - 1);
    wait.since = Date.now();
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
      pieceBytes = Math.min(MAX_PIECE_BYTES, pieceBytes * 2);
      if (end < range.end) await setTimeout(PAUSE_MS, undefined, { signal });
      if (position <= end) throw new Error(`The store ended a read ${end + 1 - position} bytes early.`);
    } catch (error) {
      fruitless = position > before ? 0 : fruitless + 1;
      const final = error instanceof NotSplittable || (error instanceof MillraceError && !error.retryable);
      if (signal.aborted || final || fruitless >= MAX_FRUITLESS) throw error;
    }
  }
  wait.since = null;
}
