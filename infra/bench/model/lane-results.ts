import { type Row, row } from '../row.ts';
import { type ChunkedSetup, simulateChunked } from './chunked-run.ts';
import type { Invocation } from './fleet.ts';
import type { Numbers } from './numbers.ts';
import { type LaneOutcome, simulateContainer, simulateFunctions } from './other-lanes.ts';
import { FULL_HD, ULTRA_HD, type Workload, workload } from './workload.ts';

/** What one lane makes of one source, once for every seed. */
export interface LaneResult {
  readonly workload: string;
  /** With what distinguishes it from others of the same lane. */
  readonly lane: string;
  /** None: it does not fit. */
  readonly runs: readonly LaneOutcome[];
}

export const SEEDS = [1, 2, 3, 4, 5] as const;
/** Concurrent executions of an account: a new one, and as quotas grow. */
export const ACCOUNTS = [10, 100, 1_000, 10_000] as const;
/** What dispatch, three joins and the thumbnails take of them. */
const OTHERS_AT_WORK = 5;
/** As declared: one vCPU. */
export const CHUNK_MEMORY_MB = 1769;

export function workloads(): Workload[] {
  return [
    workload(FULL_HD, 60),
    workload(FULL_HD, 600),
    workload(FULL_HD, 3600),
    workload(FULL_HD, 4 * 3600),
    workload(ULTRA_HD, 3600),
  ];
}

/** Chunks of one job that may be at work at once in such an account. */
export function windowOf(account: number): number {
  return Math.max(1, account - OTHERS_AT_WORK);
}

/** The chunked lane as it is designed and declared. */
export function chunkedSetup(
  source: Workload,
  numbers: Numbers,
  fields: Partial<ChunkedSetup>,
): Omit<ChunkedSetup, 'seed'> {
  return {
    workload: source,
    numbers,
    invocation: 'queue',
    window: windowOf(1_000),
    memoryMb: CHUNK_MEMORY_MB,
    segmentsPerChunk: null,
    readsAll: true,
    hedgeAfter: null,
    ...fields,
  };
}

/** Every source in every lane, the chunked one by both ways of invocation in accounts of all sizes. */
export function laneResults(numbers: Numbers): LaneResult[] {
  return workloads().flatMap((source) => [
    {
      workload: source.name,
      lane: 'lambda',
      runs: SEEDS.flatMap((seed) => simulateFunctions(source, numbers, seed) ?? []),
    },
    {
      workload: source.name,
      lane: 'batch',
      runs: SEEDS.map((seed) => simulateContainer(source, numbers, seed)),
    },
    ...(['queue', 'async'] as const).flatMap((invocation: Invocation) =>
      ACCOUNTS.map((account) => {
        const setup = chunkedSetup(source, numbers, { invocation, window: windowOf(account) });
        return {
          workload: source.name,
          lane: `chunked, ${invocation}, ${account} at once`,
          runs: SEEDS.map((seed) => simulateChunked({ ...setup, seed })),
        };
      }),
    ),
  ]);
}

/** Three rows of each result that there is. */
export function resultRows(results: readonly LaneResult[]): Row[] {
  return results
    .filter(({ runs }) => runs.length > 0)
    .flatMap(({ workload: source, lane, runs }) => [
      row(
        `${source}, ${lane}: first playable`,
        's',
        runs.map(({ firstPlayable }) => firstPlayable),
      ),
      row(
        `${source}, ${lane}: done`,
        's',
        runs.map(({ done }) => done),
      ),
      row(
        `${source}, ${lane}: cost`,
        'USD',
        runs.map(({ usd }) => usd),
      ),
    ]);
}
