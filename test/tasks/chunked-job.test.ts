import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jobDocument } from '../../shared/core/document.ts';
import { NotYet } from '../../shared/core/not-yet.ts';
import type { Make } from '../../shared/core/ports/work.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import {
  bell,
  type ChunkedWorld,
  chunkedWorld,
  JOINS,
  makeJoined,
  makePiece,
  ORDER,
} from '../helpers/chunked-world.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS, makeText, SETTINGS } from '../helpers/pipeline-ports.ts';
import { textOf } from '../helpers/text-of.ts';

let dynalite: Dynalite;
let world: ChunkedWorld;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  world = await chunkedWorld(dynalite);
});
afterEach(() => world.close());

const mustNotMake: Make = () => Promise.reject(new Error('must not be made'));
const rung = () => world.doorbells.splice(0).map(({ task, lane }) => `${task} ${lane}`);
const chunked = (...names: string[]) => names.map((name) => `${name} chunked`);

describe('a job of chunks', () => {
  it('begins with a window of chunks and the thumbnails', async () => {
    expect(rung()).toEqual(chunked('chunk-00000', 'audio-00000', 'thumbnails'));
    expect((await world.job()).header).toMatchObject({ state: 'queued', step: 'published', lane: 'chunked' });
  });

  it('is made of its chunks, one making room for another, and put together when all are there', async () => {
    const answered = (await world.answerAll()).map(({ task }) => task);
    expect(answered.filter((name) => name.includes('-'))).toEqual(ORDER);
    expect(answered.slice(-JOINS.length)).toEqual(JOINS);
    const { header, tasks, chunks } = await world.job();
    expect(header).toMatchObject({ state: 'completed', error: null, laneReason: 'It is long.' });
    expect(tasks.map(({ name, state, attempt, lane }) => ({ name, state, attempt, lane }))).toEqual([
      { name: '480p', state: 'succeeded', attempt: 1, lane: 'chunked' },
      { name: '720p', state: 'succeeded', attempt: 1, lane: 'chunked' },
      { name: '1080p', state: 'skipped', attempt: 0, lane: 'chunked' },
      { name: 'thumbnails', state: 'succeeded', attempt: 1, lane: 'chunked' },
    ]);
    expect(chunks.map(({ state, attempt, progress }) => [state, attempt, progress])).toEqual(
      chunks.map(() => ['succeeded', 1, 1]),
    );
    expect(await textOf(world.outputs, 'job-1/hls/480p/00003.mp4')).toBe('made chunk-00003\n');
    expect(await textOf(world.outputs, 'job-1/480p.mp4')).toBe(
      ['480p/00000', '480p/00001', '480p/00002', '480p/00003', '480p/00004', 'audio/00000']
        .map((path) => `hls/${path}.mp4`)
        .join('\n'),
    );
    expect(world.events).toEqual([expect.objectContaining({ id: 'job-1:completed' })]);
  });

  it('rings for no more than one chunk for each that has ended, so that other jobs get their turn', async () => {
    await world.plan('job-2');
    const order = (await world.answerAll())
      .filter(({ task }) => task.includes('-'))
      .map(({ jobId }) => jobId);
    expect(order.slice(0, 8)).toEqual([
      'job-1',
      'job-1',
      'job-2',
      'job-2',
      'job-1',
      'job-1',
      'job-2',
      'job-2',
    ]);
    expect((await world.job('job-2')).header.state).toBe('completed');
  });

  it('answers every doorbell twice without making anything twice', async () => {
    const made: string[] = [];
    const noted =
      (make: Make): Make =>
      async (context) => {
        const result = await make(context);
        made.push(context.task.name);
        return result;
      };
    const options = { chunk: noted(makePiece()), join: noted(makeJoined()) };
    const bells = [...ORDER, ...JOINS].map((name) => bell(name));
    for (const message of [...bells, ...bells]) await world.answer(message, options);
    await world.answerAll(options);
    expect(made.sort()).toEqual([...ORDER, ...JOINS].sort());
    expect((await world.job()).header.state).toBe('completed');
    expect(world.events).toHaveLength(1);
  });

  it('skips what has ended already when it rings for the next', async () => {
    rung();
    await world.answer(bell('chunk-00004'));
    await world.answer(bell('chunk-00002'));
    rung();
    await world.answer(bell('chunk-00000'));
    expect(rung()).toEqual([]);
    await world.answer(bell('audio-00000'));
    expect(rung()).toEqual(chunked('chunk-00001'));
  });

  it('commits the poster while chunks are made', async () => {
    const poster: Make = async (context) => {
      const { files } = await makeText('poster.jpg')(context);
      await context.commitEarly(files);
      throw new NotYet('Some chunks are missing.', 0);
    };
    await world.answer(bell('thumbnails'), { join: poster });
    expect(await world.task('thumbnails')).toMatchObject({
      state: 'pending',
      attempt: 0,
      lease: null,
      outputs: [{ name: 'poster.jpg' }],
    });
    expect((await world.job()).header.state).toBe('processing');
    expect(jobDocument(await world.job(), () => '').outputs).toHaveLength(1);
  });
});

describe('a join', () => {
  it('is given back without an attempt counted while chunks are missing', async () => {
    for (let look = 0; look < 6; look += 1) await world.answer(bell('480p'));
    expect(await world.task('480p')).toMatchObject({
      state: 'pending',
      attempt: 0,
      lease: null,
      error: null,
    });
    await world.answerAll();
    expect(await world.task('480p')).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it.each([
    ['while it looks at them', 'make'],
    ['before it lets go', 'settle'],
  ] as const)('goes on when the last chunk ends %s, whose rings meet its lease', async (_, when) => {
    for (const name of ORDER.slice(0, -1)) await world.answer(bell(name));
    const seen: number[] = [];
    let isLate = true;
    async function endLast(): Promise<void> {
      if (!isLate) return;
      isLate = false;
      rung();
      await world.answer(bell(ORDER.at(-1) ?? ''));
      expect(rung()).toEqual(chunked(...JOINS));
      await world.answer(bell('480p'), { join: mustNotMake });
    }
    const join: Make = async (context) => {
      seen.push(context.chunks.filter(({ state }) => state === 'succeeded').length);
      if (when === 'make') await endLast();
      return makeJoined()(context);
    };
    const { jobs } = world;
    const settle: typeof jobs.settle = async (...args) => {
      if (args[1].kind === 'returned') await endLast();
      return jobs.settle(...args);
    };
    await world.answer(bell('480p'), { join, ports: { jobs: { ...jobs, settle } } });
    expect(seen).toEqual([5, 6]);
    expect(await world.task('480p')).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it('is found free by the rings of a chunk that ends right after it looked', async () => {
    for (const name of ORDER.slice(0, -1)) await world.answer(bell(name));
    rung();
    const { jobs } = world;
    const chunksCounted: typeof jobs.chunksCounted = async (jobId) => {
      const counted = await jobs.chunksCounted(jobId);
      await world.answer(bell(ORDER.at(-1) ?? ''));
      return counted;
    };
    await world.answer(bell('480p'), { ports: { jobs: { ...jobs, chunksCounted } } });
    expect(await world.task('480p')).toMatchObject({ state: 'pending', attempt: 0 });
    await world.answerAll();
    expect((await world.job()).header.state).toBe('completed');
  });

  it('rings for itself rather than to look for ever', async () => {
    for (const name of ORDER) await world.answer(bell(name));
    rung();
    let looks = 0;
    const blind: Make = async () => {
      looks += 1;
      throw new NotYet('It saw too little.', 0);
    };
    await world.answer(bell('480p'), { join: blind });
    expect(looks).toBe(4);
    expect(rung()).toEqual(chunked('480p'));
  });

  it('is rung for once when the last two chunks end at the same moment', async () => {
    for (const name of ORDER.slice(0, -2)) await world.answer(bell(name));
    rung();
    await Promise.all(ORDER.slice(-2).map((name) => world.answer(bell(name))));
    expect(rung()).toEqual(chunked(...JOINS));
  });

  it('looks at a long job now and then, so that parts are put together early', async () => {
    await world.plan('long', {
      segmentFrames: 144,
      segmentsPerChunk: 1,
      chunks: 20,
      declaredFrames: 2880,
      audio: null,
    });
    rung();
    const place = (index: number) => `chunk-${String(index).padStart(5, '0')}`;
    for (let index = 0; index < 16; index += 1) await world.answer(bell(place(index), 'long'));
    expect(rung().filter((name) => name.startsWith('480p'))).toEqual(chunked('480p', '480p'));
  });
});

describe('the sweep', () => {
  const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };

  it('rings for chunks of the window that nobody has taken, and for no others', async () => {
    await world.answer(bell('chunk-00000'));
    rung();
    world.clock.now += LOOK.afterMs;
    await sweep(world.ports, LOOK);
    expect(rung()).toEqual(chunked('audio-00000', 'chunk-00004', 'thumbnails'));
  });

  it('rings for the joins when all chunks have ended', async () => {
    for (const name of ORDER) await world.answer(bell(name));
    await world.answer(bell('thumbnails'));
    rung();
    await sweep(world.ports, LOOK);
    expect(rung()).toEqual([]);
    world.clock.now += LOOK.afterMs;
    await sweep(world.ports, LOOK);
    expect(rung()).toEqual(chunked('480p', '720p'));
  });
});
