import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { type ChunkName, chunkName } from '../../shared/core/chunks/chunk-names.ts';
import type { Task } from '../../shared/core/job.ts';
import { header, NOW, PLAN, PROBE, TASKS, task } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';

/** More than one page, up to the first gap. */
const SUCCEEDED = 60;
const ALL = 70;

let dynalite: Dynalite;
let store: JobStore;

beforeAll(async () => {
  dynalite = await startDynalite();
  store = await dynalite.createStore('chunks');
  await store.recordJob(header());
  const planned = { probe: PROBE, plan: PLAN, lane: 'chunked', laneReason: 'Long.' } as const;
  const chunks = [...named('picture', ALL), ...named('audio', 2)];
  await store.recordPlan(header().id, planned, [...TASKS, ...chunks], NOW);
});
afterAll(() => dynalite.stop());

/** All but one have succeeded. */
function named(kind: ChunkName['kind'], count: number): Task[] {
  return Array.from({ length: count }, (_, index) =>
    task(chunkName({ kind, index }), {
      lane: 'chunked',
      ...(kind === 'picture' && index === SUCCEEDED ? {} : { state: 'succeeded' }),
    }),
  );
}

it.each<[string, ChunkName, 'end' | 'gap', readonly [number, string | undefined, string | undefined]]>([
  ['up to the gap', { kind: 'picture', index: 0 }, 'gap', [60, 'chunk-00000', 'chunk-00059']],
  ['from one on up to the gap', { kind: 'picture', index: 58 }, 'gap', [2, 'chunk-00058', 'chunk-00059']],
  ['none at the gap', { kind: 'picture', index: SUCCEEDED }, 'gap', [0, undefined, undefined]],
  ['to the end', { kind: 'picture', index: 0 }, 'end', [70, 'chunk-00000', 'chunk-00069']],
  ['of the sound', { kind: 'audio', index: 0 }, 'end', [2, 'audio-00000', 'audio-00001']],
  ['none beyond the last', { kind: 'audio', index: 2 }, 'gap', [0, undefined, undefined]],
])('reads chunks %s', async (_name, from, until, [count, first, last]) => {
  const found = await store.readChunks(header().id, from, until);
  expect([found.length, found[0]?.name, found.at(-1)?.name]).toEqual([count, first, last]);
});
