import { inSequence } from './event-clock.ts';
import type { Fleet } from './fleet.ts';
import { getSeconds, putSeconds, speedOf, type World } from './world.ts';

/** What the joins of a job see of its chunks. */
export interface ChunkRecords {
  readonly count: number;
  readonly allEnded: () => boolean;
  /** Seconds of output from zero on whose pieces of picture and sound are all there. */
  readonly prefix: () => number;
}

/** A task that is rung for more than once, does what it can, and ends for good when all chunks are there. */
export interface JoinTask {
  ring(): void;
}

/** Records of chunks of 2 KB fill half a unit. */
const READ_UNITS = 0.5;
const PART = 8 * 1024 * 1024;
/** Keyframes that are read at the same time. */
const TILES_AT_ONCE = 16;

/** @param pass seconds of one pass, given whether it is the last */
function createJoinTask(
  world: World,
  fleet: Fleet,
  chunks: ChunkRecords,
  pass: (isLast: boolean) => number,
  onDone: () => void,
): JoinTask {
  const { clock, reads, writes } = world;
  let isAtWork = false;
  let isDone = false;
  const work = (end: () => void): void => {
    const isLast = chunks.allEnded();
    const steps = [
      () => writes.take(1),
      () => reads.take(chunks.count * READ_UNITS),
      () => pass(isLast),
      () => writes.take(isLast ? 4 : 1),
    ];
    inSequence(clock, steps, () => {
      if (!isLast && chunks.allEnded()) return work(end);
      isAtWork = false;
      isDone = isLast;
      end();
      if (isLast) onDone();
    });
  };
  return {
    ring() {
      if (isAtWork || isDone) return;
      isAtWork = true;
      fleet.invoke(work);
    },
  };
}

/** Puts one rendition together: parts as the prefix grows, then what is left, while all of it is read for its checksum. */
export function createRenditionJoin(
  world: World,
  fleet: Fleet,
  chunks: ChunkRecords,
  { bytesPerSecond, readsAll }: { readonly bytesPerSecond: number; readonly readsAll: boolean },
  onDone: () => void,
): JoinTask {
  let copied = 0;
  /** Reading and writing go on at the same time; `written` of what is read is new. */
  const copy = (read: number, written: number): number => {
    world.requests.gets += Math.ceil(read / PART);
    world.requests.puts += Math.ceil(written / PART);
    return read / world.numbers.networkBytesPerSecond + 2 * world.numbers.objectSeconds;
  };
  const pass = (isLast: boolean): number => {
    const total = chunks.prefix() * bytesPerSecond;
    const fresh = total - copied;
    if (!isLast && fresh < PART) return 0;
    copied = total;
    if (!isLast) return copy(fresh, fresh);
    // Part 1 with the header, the object, two playlists.
    return copy(readsAll ? total : fresh, fresh) + putSeconds(world, 4, 0);
  };
  return createJoinTask(world, fleet, chunks, pass, onDone);
}

/** The poster with the first chunk, the storyboard with the last. */
export function createThumbnailsJoin(
  world: World,
  fleet: Fleet,
  chunks: ChunkRecords,
  { tiles, memoryMb }: { readonly tiles: number; readonly memoryMb: number },
  onDone: () => void,
): JoinTask {
  const speed = speedOf(memoryMb, world.numbers);
  const pass = (isLast: boolean): number => {
    if (!isLast) return getSeconds(world, 1, 0) + putSeconds(world, 2, 0) + 1 / speed;
    world.requests.gets += tiles;
    const reading = Math.ceil(tiles / TILES_AT_ONCE) * world.numbers.objectSeconds;
    return reading + (tiles * world.numbers.tileSeconds) / speed + putSeconds(world, 3, 0);
  };
  return createJoinTask(world, fleet, chunks, pass, onDone);
}
