import { joinStep } from '../../../shared/core/chunks/chunk-order.ts';
import { type PriceTable, US_EAST_1 } from '../../../shared/core/prices.ts';
import { inSequence } from './event-clock.ts';
import { createFleet, type Fleet, type Invocation } from './fleet.ts';
import { type ChunkRecords, createRenditionJoin, createThumbnailsJoin } from './join-run.ts';
import type { Numbers } from './numbers.ts';
import { type Piece, type PieceLengths, piecesOf } from './pieces.ts';
import { slowdown } from './random.ts';
import type { Workload } from './workload.ts';
import { createWorld, fleetUsd, getSeconds, putSeconds, requestsUsd, speedOf, type World } from './world.ts';

export interface ChunkedSetup extends PieceLengths {
  readonly workload: Workload;
  readonly numbers: Numbers;
  readonly invocation: Invocation;
  /** Chunks at work at once, and so published at once. */
  readonly window: number;
  readonly memoryMb: number;
  /** Whether the last pass of a join reads all the bytes once more, for their checksum, or only those that are new. */
  readonly readsAll: boolean;
  /** Times the usual length of a run after which a second one is begun beside it; null: never. */
  readonly hedgeAfter: number | null;
  readonly seed: number;
}

export interface ChunkedOutcome {
  /** Seconds from the upload's end until the first segment of the lowest rendition, and its sound, can be had. */
  readonly firstPlayable: number;
  /** Until the last chunk is there. */
  readonly chunksDone: number;
  /** Until the manifest is there. */
  readonly done: number;
  readonly usd: number;
}

export const JOIN_MEMORY_MB = 1769;
/** Three renditions and the thumbnails. */
const JOIN_CONCURRENCY = 4;
const DISPATCH_MEMORY_MB = 1769;
/** Ranges that a probe and the search for keyframes read, one after another. */
const PROBE_RANGES = 8;
/** Ranges of the source's index that a chunk reads before its own part. */
const INDEX_RANGES = 4;
const MESSAGES_PER_BATCH = 10;
/** Units of a settled record with its files and segments, and of the counter of ended chunks. */
const SETTLE_UNITS = 4;
const MAX_TILES = 200;
/** Seconds between two tiles at least: one GOP. */
const TILE_SECONDS = 2;

/** One job in the lane `chunked`, from the end of its upload to its manifest. */
export function simulateChunked(setup: ChunkedSetup, prices: PriceTable = US_EAST_1): ChunkedOutcome {
  const { workload, numbers, invocation, window, memoryMb } = setup;
  const world = createWorld(numbers, setup.seed);
  const { clock, writes } = world;
  const chunkFleet = createFleet(clock, numbers, { invocation, concurrency: window });
  const joinFleet = createFleet(clock, numbers, { invocation: 'queue', concurrency: JOIN_CONCURRENCY });
  const order = piecesOf(workload, setup);
  const board = createBoard(order);
  const times = { firstPlayable: 0, chunksDone: 0, done: 0 };

  let open = workload.renditions.length + 1;
  const onJoined = (): void => {
    open -= 1;
    if (open > 0) return;
    // The master playlist, the manifest, the header and the event.
    const finalize = [() => putSeconds(world, 2, 0), () => writes.take(4)];
    inSequence(clock, finalize, () => {
      times.done = clock.now();
    });
  };
  const tiles = Math.min(MAX_TILES, Math.ceil(workload.seconds / TILE_SECONDS));
  const thumbnails = createThumbnailsJoin(
    world,
    joinFleet,
    board.records,
    { tiles, memoryMb: JOIN_MEMORY_MB },
    onJoined,
  );
  const joins = [
    ...workload.renditions.map(({ bytes }) =>
      createRenditionJoin(
        world,
        joinFleet,
        board.records,
        { bytesPerSecond: bytes, readsAll: setup.readsAll },
        onJoined,
      ),
    ),
    thumbnails,
  ];

  const start = (place: number): void => {
    const piece = order[place];
    if (piece === undefined) return;
    makePiece(world, setup, chunkFleet, piece, () => {
      const ended = board.end(piece);
      times.chunksDone = clock.now();
      if (times.firstPlayable === 0 && board.records.prefix() > 0) times.firstPlayable = clock.now();
      start(place + window);
      if (ended === order.length || ended % joinStep(order.length) === 0)
        for (const join of joins) join.ring();
    });
  };
  const dispatched = dispatchSteps(world, order.length);
  inSequence(clock, [() => numbers.uploadEventSeconds + numbers.coldStartSeconds, ...dispatched], () => {
    const perBatch = numbers.publishBatchSeconds / numbers.publishLanes;
    for (let place = 0; place < Math.min(window, order.length); place += 1) {
      clock.after(Math.floor(place / MESSAGES_PER_BATCH) * perBatch, () => start(place));
    }
    thumbnails.ring();
  });
  clock.run();

  const dispatchSeconds =
    times.firstPlayable === 0 ? 0 : numbers.coldStartSeconds + PROBE_RANGES * numbers.objectSeconds;
  const usd =
    fleetUsd(chunkFleet.usage(), memoryMb, invocation, prices) +
    fleetUsd(joinFleet.usage(), JOIN_MEMORY_MB, 'queue', prices) +
    fleetUsd({ invocations: 1, seconds: dispatchSeconds }, DISPATCH_MEMORY_MB, 'queue', prices) +
    requestsUsd(world, prices);
  return { ...times, usd };
}

function dispatchSteps(world: World, records: number): (() => number)[] {
  return [
    () => getSeconds(world, PROBE_RANGES, 0),
    // Header, tasks and chunks, many at a time: the partition is what limits them.
    () => world.writes.take(records + 6),
  ];
}

function makePiece(
  world: World,
  { workload, numbers, memoryMb, hedgeAfter }: ChunkedSetup,
  fleet: Fleet,
  piece: Piece,
  onDone: () => void,
): void {
  const { clock, reads, writes } = world;
  const isPicture = piece.kind === 'picture';
  const cpu = isPicture
    ? piece.seconds * workload.ladderCpu * numbers.chunkOverhead
    : piece.seconds * workload.chunkSoundCpu;
  // One thread is all that sound can use.
  const usual = cpu / (isPicture ? speedOf(memoryMb, numbers) : Math.min(1, speedOf(memoryMb, numbers)));
  const bytes = workload.renditions.reduce((sum, rendition) => sum + rendition.bytes, 0) * piece.seconds;
  // The sound lies all over its part of the file.
  const readFactor = isPicture ? numbers.chunkReads : 1;
  let isDone = false;
  let isHedged = false;
  const work = (end: () => void): void => {
    const seconds = usual * slowdown(world.random, numbers);
    if (hedgeAfter !== null && !isHedged) {
      isHedged = true;
      clock.after(usual * hedgeAfter, () => {
        if (!isDone) fleet.invoke(work);
      });
    }
    writes.take(Math.floor(seconds / numbers.heartbeatSeconds));
    const steps = [
      () => reads.take(4),
      () => writes.take(1),
      () => getSeconds(world, INDEX_RANGES, workload.sourceBytes * piece.seconds * readFactor),
      () => seconds,
      () => (isPicture ? putSeconds(world, workload.renditions.length, bytes) : putSeconds(world, 1, 0)),
      () => writes.take(SETTLE_UNITS),
    ];
    inSequence(clock, steps, () => {
      end();
      if (isDone) return;
      isDone = true;
      onDone();
    });
  };
  fleet.invoke(work);
}

/** Which pieces are there. */
function createBoard(order: readonly Piece[]): {
  readonly records: ChunkRecords;
  /** @returns how many are there then */
  end(piece: Piece): number;
} {
  const track = (kind: Piece['kind']) => {
    const pieces = order.filter((piece) => piece.kind === kind).toSorted((a, b) => a.index - b.index);
    const there = new Set<number>();
    let next = 0;
    let seconds = 0;
    return {
      end(index: number) {
        there.add(index);
        for (let piece = pieces[next]; piece !== undefined && there.has(next); piece = pieces[next]) {
          seconds += piece.seconds;
          next += 1;
        }
      },
      prefix: () => seconds,
    };
  };
  const tracks = { picture: track('picture'), audio: track('audio') };
  let ended = 0;
  return {
    records: {
      count: order.length,
      allEnded: () => ended === order.length,
      prefix: () => Math.min(tracks.picture.prefix(), tracks.audio.prefix()),
    },
    end(piece) {
      tracks[piece.kind].end(piece.index);
      ended += 1;
      return ended;
    },
  };
}
