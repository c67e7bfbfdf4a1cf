import { type Row, row } from '../row.ts';
import { type ChunkedOutcome, type ChunkedSetup, simulateChunked } from './chunked-run.ts';
import { type Invocation, invocationInWords } from './fleet.ts';
import { CHUNK_MEMORY_MB, chunkedSetup, SEEDS, windowOf, workloads } from './lane-results.ts';
import { mediaConvertUsd } from './media-convert.ts';
import type { Numbers } from './numbers.ts';
import { simulateContainer } from './other-lanes.ts';
import { FULL_HD, type Workload, workload } from './workload.ts';

const HOUR_TARGET_SECONDS = 60;
const EFFICIENCY_TARGET = 0.8;
/** Functions for which efficiency is told. */
const FLEETS = [30, 100, 300] as const;
/** One vCPU as declared, four, and the most there is: more cost no more CPU seconds, but are not kept as busy. */
const MEMORIES_MB = [CHUNK_MEMORY_MB, 7076, 10_240] as const;
/** The fewest pollers there may be, and such as start all pieces of an hour within seconds. */
const [FEW_POLLERS, POLLERS] = [{ chunkPollers: 2 }, { chunkPollers: 20 }] as const;
/**
 * Times the usual length of a run that this share of them takes longer than: `exp(z * sigma)` of the log-normal pace;
 * z of the normal distribution.
 */
const HEDGES = [
  { share: '5 %', z: 1.645 },
  { share: '2 %', z: 2.054 },
] as const;

/** The targets of the deployed system, and what answers the questions about it. */
export function targetRows(numbers: Numbers): Row[] {
  const hour = workload(FULL_HD, 3600);
  return [
    ...hourRows(hour, numbers),
    ...efficiencyRows(workload(FULL_HD, 4 * 3600), numbers),
    ...costRows(numbers),
    ...hedgeRows(hour, numbers),
  ];
}

/** What might be otherwise than it is designed and declared. */
interface Way {
  readonly invocation: Invocation;
  readonly memoryMb: number;
  readonly readsAll: boolean;
}

const DESIGNED: Way = {
  invocation: 'queue',
  memoryMb: CHUNK_MEMORY_MB,
  readsAll: true,
};
const WAYS: readonly Way[] = [
  ...MEMORIES_MB.flatMap((memoryMb) =>
    (['queue', FEW_POLLERS, POLLERS, 'async'] as const).map((invocation) => ({
      ...DESIGNED,
      memoryMb,
      invocation,
    })),
  ),
  { invocation: FEW_POLLERS, memoryMb: MEMORIES_MB[1], readsAll: false },
];

/** By what invokes the chunks, how large they are, and what the joins read at their end. */
function hourRows(hour: Workload, numbers: Numbers): Row[] {
  return WAYS.flatMap((way) => {
    const outcomes = runs(hour, numbers, { ...way, window: windowOf(1_000) });
    const name = `${hour.name}, 1000 at once, ${inWords(way)}`;
    const limit = { op: '<=', limit: HOUR_TARGET_SECONDS } as const;
    return [
      row(
        `${name}: first playable`,
        's',
        outcomes.map(({ firstPlayable }) => firstPlayable),
      ),
      row(
        `${name}: all chunks`,
        's',
        outcomes.map(({ chunksDone }) => chunksDone),
      ),
      row(
        `${name}: done`,
        's',
        outcomes.map(({ done }) => done),
        limit,
      ),
    ];
  });
}

function inWords({ invocation, memoryMb, readsAll }: Way): string {
  return [
    invocationInWords(invocation),
    `chunkMemory=${memoryMb}`,
    ...(readsAll ? [] : ['checksum on the way']),
  ].join(', ');
}

/** Time of one function over the time of many times their number. */
function efficiencyRows(source: Workload, numbers: Numbers): Row[] {
  const ways: readonly Way[] = [
    DESIGNED,
    { ...DESIGNED, invocation: FEW_POLLERS },
    { ...DESIGNED, invocation: FEW_POLLERS, readsAll: false },
  ];
  return ways.flatMap((way) => {
    const alone = runs(source, numbers, { ...way, window: 1 });
    return FLEETS.flatMap((window) => {
      const outcomes = runs(source, numbers, { ...way, window });
      const ratios = (of: (outcome: ChunkedOutcome) => number): number[] =>
        outcomes.map((outcome, run) => of(alone[run] ?? outcome) / (window * of(outcome)));
      const name = `parallel efficiency, ${source.name}, ${inWords(way)}, ${window} functions`;
      return [
        row(
          `${name}: chunks`,
          'x',
          ratios(({ chunksDone }) => chunksDone),
          { op: '>=', limit: EFFICIENCY_TARGET },
        ),
        row(
          `${name}: whole job`,
          'x',
          ratios(({ done }) => done),
          { op: '>=', limit: EFFICIENCY_TARGET },
        ),
      ];
    });
  });
}

function costRows(numbers: Numbers): Row[] {
  return workloads().flatMap((source) => {
    const listed = mediaConvertUsd(source.plan.renditions, source.seconds);
    const batch = SEEDS.map((seed) => simulateContainer(source, numbers, seed).usd / listed);
    const chunked = runs(source, numbers, {}).map(({ usd }) => usd / listed);
    return [
      row(`${source.name}, batch: cost / MediaConvert`, 'x', batch, { op: '<=', limit: 0.1 }),
      row(`${source.name}, chunked: cost / MediaConvert`, 'x', chunked, { op: '<=', limit: 0.2 }),
    ];
  });
}

/** A second run beside each of the slowest: what is left of the time, and what the cost grows to, against none. */
function hedgeRows(source: Workload, numbers: Numbers): Row[] {
  const setup = { invocation: 'async', window: windowOf(1_000) } as const;
  const plain = runs(source, numbers, setup);
  return HEDGES.flatMap(({ share, z }) => {
    const hedged = runs(source, numbers, { ...setup, hedgeAfter: Math.exp(z * numbers.slowdownSigma) });
    const ratios = (of: (outcome: ChunkedOutcome) => number): number[] =>
      hedged.map((outcome, run) => of(outcome) / of(plain[run] ?? outcome));
    const name = `${source.name}, 1000 at once, async, the slowest ${share} run twice / once`;
    const [time, cost] = [ratios(({ done }) => done), ratios(({ usd }) => usd)];
    return [
      row(
        `${name}: all chunks`,
        'x',
        ratios(({ chunksDone }) => chunksDone),
      ),
      row(`${name}: done`, 'x', time),
      row(`${name}: cost`, 'x', cost),
      row(
        `${name}: time saved / cost added`,
        'x',
        time.map((value, run) => (1 - value) / ((cost[run] ?? 1) - 1)),
      ),
    ];
  });
}

function runs(source: Workload, numbers: Numbers, fields: Partial<ChunkedSetup>): ChunkedOutcome[] {
  const setup = chunkedSetup(source, numbers, fields);
  return SEEDS.map((seed) => simulateChunked({ ...setup, seed }));
}
