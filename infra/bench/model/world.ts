import type { PriceTable } from '../../../shared/core/prices.ts';
import { createEventClock, type EventClock } from './event-clock.ts';
import type { FleetUsage, Invocation } from './fleet.ts';
import { createLimit, type Limit } from './limit.ts';
import type { Numbers } from './numbers.ts';
import { seededRandom } from './random.ts';

/** What all parts of one simulated job share. */
export interface World {
  readonly clock: EventClock;
  readonly numbers: Numbers;
  readonly random: () => number;
  /** The job's partition of the table: units of 1 KB, and of 4 KB. */
  readonly writes: Limit;
  readonly reads: Limit;
  /** Of objects. */
  readonly requests: { puts: number; gets: number };
}

export function createWorld(numbers: Numbers, seed: number): World {
  const clock = createEventClock();
  return {
    clock,
    numbers,
    random: seededRandom(seed),
    writes: createLimit(clock, numbers.tableWritesPerSecond, numbers.tableSeconds),
    reads: createLimit(clock, numbers.tableReadsPerSecond, numbers.tableSeconds),
    requests: { puts: 0, gets: 0 },
  };
}

/** Seconds to write objects of so many bytes in all, one after another. */
export function putSeconds({ numbers, requests }: World, objects: number, bytes: number): number {
  requests.puts += objects;
  return objects * numbers.objectSeconds + bytes / numbers.networkBytesPerSecond;
}

/** Seconds to read so many bytes in so many requests, one after another. */
export function getSeconds({ numbers, requests }: World, ranges: number, bytes: number): number {
  requests.gets += ranges;
  return ranges * numbers.objectSeconds + bytes / numbers.networkBytesPerSecond;
}

/** A vCPU comes with every 1,769 MB; more than one are not kept busy all the time. */
export function speedOf(memoryMb: number, { mbPerVcpu, threadEfficiency }: Numbers): number {
  const vcpus = memoryMb / mbPerVcpu;
  return vcpus > 1 ? vcpus * threadEfficiency : vcpus;
}

/** Sent, received and deleted. */
const QUEUE_REQUESTS = 3;

export function fleetUsd(
  { invocations, seconds }: FleetUsage,
  memoryMb: number,
  invocation: Invocation,
  prices: PriceTable,
): number {
  const message = invocation === 'async' ? 0 : prices.snsPublish + QUEUE_REQUESTS * prices.sqsRequest;
  return seconds * (memoryMb / 1024) * prices.lambdaGbSecond + invocations * (prices.lambdaRequest + message);
}

export function requestsUsd({ writes, reads, requests }: World, prices: PriceTable): number {
  return (
    writes.taken() * prices.dynamoWrite +
    reads.taken() * prices.dynamoRead +
    requests.puts * prices.s3Put +
    requests.gets * prices.s3Get
  );
}
