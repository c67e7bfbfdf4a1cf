import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jobDocument } from '../../shared/core/document.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import { MAX_ATTEMPTS } from '../../shared/core/job.ts';
import type { Make } from '../../shared/core/ports/work.ts';
import { NotSplittable } from '../../shared/core/ranges/not-splittable.ts';
import { runBatchJob } from '../../shared/tasks/batch/run-batch-job.ts';
import { deadTask } from '../../shared/tasks/dead-letters.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import { container, made } from '../helpers/batch-world.ts';
import {
  bell,
  type ChunkedWorld,
  chunkedWorld,
  JOINS,
  LEASE,
  makePiece,
  ORDER,
} from '../helpers/chunked-world.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { CONTAINERS, SETTINGS } from '../helpers/pipeline-ports.ts';

const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };
const LIMIT = 900_000;

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

const rung = () => world.doorbells.splice(0).map(({ task, lane }) => `${task} ${lane}`);
const failing =
  (error: Error): Make =>
  () =>
    Promise.reject(error);
const mustNotMake = failing(new Error('must not be made'));
const WHOLE = 'a container makes the video in one piece instead.';

/** Works until it is stopped, as ffmpeg does. */
async function untilStopped({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

/** The job has gone to a container for the given reason, which was rung for once. */
async function expectAbandoned(reason: string): Promise<void> {
  const { header, tasks } = await world.job();
  expect(header).toMatchObject({ lane: 'batch', laneReason: `It is long. ${reason}` });
  for (const task of tasks) {
    expect(task).toMatchObject({ laneReason: null, lease: null });
    if (task.state !== 'skipped') expect(task).toMatchObject({ state: 'pending', lane: 'batch' });
  }
  expect(rung()).toEqual(['480p batch']);
}

describe('a chunk that cannot be made', () => {
  it.each([
    [
      'because the source cannot be cut',
      new NotSplittable('The source cannot be cut there.'),
      'The source cannot be cut there (chunk-00001); ',
    ],
    [
      'because the source is damaged',
      new MillraceError('input.corrupt', 'Not a frame.'),
      'Not a frame (chunk-00001); ',
    ],
    [
      'for want of memory',
      new MillraceError('limit.memory', 'Too large.', { retryable: true }),
      'Too large (chunk-00001); ',
    ],
    [
      'for want of space',
      Object.assign(new Error('write'), { code: 'ENOSPC' }),
      'There was not enough scratch space (chunk-00001); ',
    ],
  ])('has a container make the job %s', async (_, error, reason) => {
    await world.answer(bell('chunk-00000'));
    rung();
    await world.answer(bell('chunk-00001'), { chunk: failing(error) });
    expect(await world.task('chunk-00001')).toMatchObject({ state: 'failed', attempt: 1 });
    await expectAbandoned(`${reason}${WHOLE}`);
    await world.answer(bell('chunk-00002'), { chunk: mustNotMake });
    expect(rung()).toEqual([]);

    const { chunks, tasks, lane, laneReason } = jobDocument(await world.job(), () => '');
    expect(chunks).toEqual({ total: 6, pending: 0, running: 0, succeeded: 1, failed: 1, canceled: 4 });
    expect({ lane, laneReason }).toEqual({ lane: 'batch', laneReason: `It is long. ${reason}${WHOLE}` });
    // One chunk of 144 of 792 frames, and half of another.
    expect(tasks[0]?.progress).toBeCloseTo((0.97 * 144) / 792, 5);
  });

  it('does so when its attempts are spent, not before', async () => {
    rung();
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
      await expect(
        world.answer(bell('chunk-00001'), { chunk: failing(new Error('outage')) }),
      ).rejects.toThrow();
      expect((await world.job()).header.lane).toBe('chunked');
    }
    await world.answer(bell('chunk-00001'), { chunk: failing(new Error('outage')) });
    await expectAbandoned(`A part of the service failed while working on this video (chunk-00001); ${WHOLE}`);
  });

  it('does so before its function runs out of time', async () => {
    rung();
    await world.answer(bell('chunk-00001'), {
      host: { deadline: world.clock.now + LIMIT, heartbeatMs: 5 },
      chunk: (context) => {
        world.clock.now += LIMIT - 30_000;
        return untilStopped(context);
      },
    });
    await expectAbandoned(
      `chunk-00001 had not ended when the 900 seconds of its function were nearly over; ${WHOLE}`,
    );
  });

  it.each([
    ['its next doorbell', () => world.answer(bell('chunk-00001'), { chunk: mustNotMake })],
    ['its dead doorbell', () => deadTask(world.ports, LOOK, bell('chunk-00001'))],
    ['the sweep', () => sweep(world.ports, LOOK)],
  ])('does so when its function died at its limit, as %s tells', async (_, tell) => {
    const { now } = world.clock;
    const claim = { jobId: 'job-1', task: 'chunk-00001', worker: 'dead' } as const;
    await world.jobs.claim({
      ...claim,
      lane: 'chunked',
      now,
      leaseMs: LEASE,
      deadline: now + LIMIT,
      memoryMb: 1000,
    });
    const beat = { progress: 0.5, memory: { usedMb: 990, limitMb: 1000 }, now, leaseMs: LEASE };
    await world.jobs.heartbeat({ ...claim, attempt: 1 }, beat);
    rung();
    world.clock.now += LEASE + LOOK.afterMs;
    await tell();
    expect(await world.task('chunk-00001')).toMatchObject({
      state: 'failed',
      error: { code: 'limit.memory' },
    });
    world.doorbells.splice(
      0,
      world.doorbells.findIndex(({ lane }) => lane === 'batch'),
    );
    await expectAbandoned(
      `The function that made chunk-00001 was stopped for want of memory, at 50 % of the work; ${WHOLE}`,
    );
  });

  it('lets those go on that are under way, and stops the joins', async () => {
    rung();
    const stopped: unknown[] = [];
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const joining = world.answer(bell('480p'), {
      host: { heartbeatMs: 5 },
      join: async (context) => {
        begin();
        return untilStopped(context).finally(() => stopped.push(context.signal.reason));
      },
    });
    await begun;
    await world.answer(bell('chunk-00002'), {
      chunk: async (context) => {
        await world.answer(bell('chunk-00001'), { chunk: failing(new NotSplittable('No.')) });
        return makePiece()(context);
      },
    });
    await joining;
    expect(stopped).toEqual([expect.objectContaining({ taken: true })]);
    expect(await world.task('chunk-00002')).toMatchObject({ state: 'succeeded' });
    await expectAbandoned(`No (chunk-00001); ${WHOLE}`);
  });

  it('leaves a job that a container completes', async () => {
    await world.answer(bell('chunk-00001'), { chunk: failing(new NotSplittable('No.')) });
    const ports = { ...world.ports, leases: world.jobs.batchLeases, runs: world.jobs.batchRuns };
    const end = await runBatchJob(
      ports,
      async (request) => {
        for (const task of request.tasks) {
          await request.onMade(task, { kind: 'made', made: await made(request, task) });
        }
      },
      container(),
    );
    expect(end).toBe('done');
    expect((await world.job()).header).toMatchObject({ state: 'completed', lane: 'batch' });
    await world.answerAll({ chunk: mustNotMake, join: mustNotMake });
  });
});

describe('a join that cannot be made', () => {
  it('goes to a container alone when only its function is too small', async () => {
    rung();
    await world.answer(bell('720p'), { join: failing(new MillraceError('limit.disk', 'No space.')) });
    expect(await world.task('720p')).toMatchObject({
      lane: 'batch',
      laneReason: 'No space (720p); a container makes it instead.',
    });
    expect(rung()).toEqual(['720p batch']);
    expect((await world.job()).header.lane).toBe('chunked');
    await world.answerAll();
    expect(await world.task('480p')).toMatchObject({ state: 'pending' });
  });

  it('takes the others along when the chunks do not fit together', async () => {
    for (const name of ORDER) await world.answer(bell(name));
    await world.answer(bell('thumbnails'));
    rung();
    await world.answer(bell('720p'), { join: failing(new MillraceError('output.invalid', 'They differ.')) });
    const { header, tasks } = await world.job();
    expect(header).toMatchObject({ lane: 'batch', laneReason: `It is long. They differ (720p); ${WHOLE}` });
    expect(tasks.map(({ state, lane }) => `${state} ${lane}`)).toEqual([
      'pending batch',
      'pending batch',
      'skipped chunked',
      'succeeded chunked',
    ]);
    expect(rung()).toEqual(['480p batch']);
    expect(jobDocument(await world.job(), () => '').laneReason).toBe(header.laneReason);
  });
});

describe('thumbnails that cannot be made', () => {
  it('go to a container alone, and leave the chunks where they are', async () => {
    rung();
    const join = failing(new MillraceError('output.invalid', 'The picture cannot be read back.'));
    await world.answer(bell('thumbnails'), { join });
    expect(await world.task('thumbnails')).toMatchObject({ state: 'pending', lane: 'batch' });
    expect((await world.job()).header.lane).toBe('chunked');
    expect(rung()).toEqual(['thumbnails batch']);
    for (const name of [...ORDER, '720p']) await world.answer(bell(name));
    expect(await world.task('720p')).toMatchObject({ state: 'succeeded', lane: 'chunked' });
  });
});

describe('a dead doorbell', () => {
  it('of a chunk that has ended repeats what follows its end', async () => {
    for (const name of ORDER.slice(0, -1)) await world.answer(bell(name));
    const { jobs } = world;
    const countChunk = () => Promise.reject(new Error('outage'));
    const dying = { ...world.ports.jobs, countChunk };
    await expect(world.answer(bell(ORDER.at(-1) ?? ''), { ports: { jobs: dying } })).rejects.toThrow(
      'outage',
    );
    rung();
    await deadTask(world.ports, LOOK, bell(ORDER.at(-1) ?? ''));
    expect(rung()).toEqual(JOINS.map((name) => `${name} chunked`));
    expect(await jobs.chunksCounted('job-1')).toBe(ORDER.length);
  });

  it('of one that nobody has taken is rung again, three times', async () => {
    rung();
    await deadTask(world.ports, LOOK, { ...bell('chunk-00001'), round: 2 });
    expect(world.doorbells.splice(0)).toEqual([{ ...bell('chunk-00001'), round: 3 }]);
    await deadTask(world.ports, LOOK, { ...bell('chunk-00001'), round: 3 });
    await expectAbandoned(`No worker could take the task (chunk-00001); ${WHOLE}`);
  });
});
