import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobStore, type JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import type { UploadNotice } from '../../shared/core/messages.ts';
import { type DispatchPorts, dispatch } from '../../shared/tasks/dispatch.ts';
import { sweep } from '../../shared/tasks/sweep.ts';
import { PROBE } from '../fixtures/jobs.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { openJobIds } from '../helpers/open-job-ids.ts';
import { CONTAINERS, type PipelinePorts, pipelinePorts, SETTINGS } from '../helpers/pipeline-ports.ts';

const LOOK = { ...SETTINGS, ...CONTAINERS, afterMs: 60_000 };

const TOO_SHORT = {
  functions: { ...SETTINGS.limits.functions, timeoutSeconds: 1 },
  chunks: { ...SETTINGS.limits.chunks, timeoutSeconds: 1 },
  container: { ...SETTINGS.limits.container, timeoutSeconds: 1 },
};

let dynalite: Dynalite;
let jobs: JobStore;
let world: PipelinePorts;
let tables = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
beforeEach(async () => {
  tables += 1;
  jobs = await dynalite.createStore(`jobs-${tables}`);
  world = await pipelinePorts(jobs);
});
afterEach(() => world.close());

async function allJobs(): Promise<readonly Job[]> {
  return (await jobs.list({ limit: 100 })).jobs;
}

async function onlyJob(): Promise<Job> {
  const [job, ...others] = await allJobs();
  expect(others).toEqual([]);
  if (job === undefined) throw new Error('no job');
  return job;
}

describe('dispatch', () => {
  it('records, plans and rings for what can start', async () => {
    const notice = await world.upload('clip.mp4');
    await dispatch(world.ports, SETTINGS, notice);
    const job = await onlyJob();
    expect(job.header).toMatchObject({
      state: 'queued',
      step: 'published',
      source: notice,
      probe: PROBE,
      lane: 'lambda',
      laneReason: expect.stringMatching(/^Every task is predicted to fit/),
    });
    expect(job.tasks.map(({ name, state, after }) => ({ name, state, after }))).toEqual([
      { name: '480p', state: 'pending', after: [] },
      { name: '720p', state: 'pending', after: [] },
      { name: '1080p', state: 'pending', after: [] },
      { name: 'thumbnails', state: 'pending', after: ['480p'] },
    ]);
    const jobId = job.header.id;
    expect(world.doorbells).toEqual(
      ['480p', '720p', '1080p'].map((task) => ({ jobId, task, lane: 'lambda' })),
    );
    expect(await jobs.unrecordedUploads(world.clock.now + 1)).toEqual([]);
  });

  it.each([
    [
      'what is too much for a function',
      { limits: { ...TOO_SHORT, container: SETTINGS.limits.container } },
      /^1080p is predicted to take \d+ seconds/,
    ],
    [
      'a source of unknown length',
      { probe: { ...PROBE, durationSeconds: null } },
      /^The file does not say how long it is/,
    ],
    ['everything, where that is set', { jobLane: 'batch' as const }, /^A setting of the service/],
  ])('sends %s to a container, all tasks at once', async (_, given, laneReason) => {
    const { probe, ...settings } = { probe: PROBE, ...given };
    world.probes = probe;
    await dispatch(world.ports, { ...SETTINGS, ...settings }, await world.upload('clip.mp4'));
    const { header, tasks } = await onlyJob();
    expect(header).toMatchObject({
      step: 'published',
      lane: 'batch',
      laneReason: expect.stringMatching(laneReason),
    });
    const names = ['480p', '720p', '1080p', 'thumbnails'];
    expect(tasks.map(({ name, state, lane, after }) => ({ name, state, lane, after }))).toEqual(
      names.map((name) => ({ name, state: 'pending', lane: 'batch', after: [] })),
    );
    expect(world.doorbells).toEqual(names.map((task) => ({ jobId: header.id, task, lane: 'batch' })));
  });

  it('starts in functions what is too much for them, where that is set', async () => {
    const settings = { ...SETTINGS, jobLane: 'lambda' as const, limits: TOO_SHORT };
    await dispatch(world.ports, settings, await world.upload('clip.mp4'));
    expect((await onlyJob()).header).toMatchObject({ step: 'published', lane: 'lambda' });
  });

  it.each([
    ['short ones', [0, 1, 2], 2, 26],
    ['longer ones where keyframes are far apart', [9, 3, 4], 4, 14],
    ['longer ones where nothing is known of keyframes', null, 4, 14],
  ])('cuts what takes long into chunks, %s', async (_, keyframes, segmentsPerChunk, chunks) => {
    world.probes = {
      ...PROBE,
      durationSeconds: 306,
      video: { ...PROBE.video, durationSeconds: 306, frames: 306 * 24 },
    };
    world.keyframes = keyframes;
    await dispatch(world.ports, SETTINGS, await world.upload('film.mp4'));
    const { header } = await onlyJob();
    expect(header).toMatchObject({
      step: 'published',
      lane: 'chunked',
      laneReason: expect.stringMatching(
        /^One function would take about \d+ seconds, so the job is cut into pieces/,
      ),
      plan: { chunks: { segmentFrames: 144, segmentsPerChunk, chunks, declaredFrames: 306 * 24 } },
    });
  });

  it('goes on with what was decided first, even when it would decide otherwise', async () => {
    world.probes = {
      ...PROBE,
      durationSeconds: 306,
      video: { ...PROBE.video, durationSeconds: 306, frames: 306 * 24 },
    };
    world.keyframes = [0, 1, 2];
    const notice = await world.upload('film.mp4');
    const dying = {
      ...world.ports.jobs,
      recordPlan: () => Promise.reject(new Error('The process is gone.')),
    };
    await expect(dispatch({ ...world.ports, jobs: dying }, SETTINGS, notice)).rejects.toThrow('gone');
    await dispatch(world.ports, { ...SETTINGS, jobLane: 'batch' }, notice);
    const { header, tasks } = await onlyJob();
    expect(header).toMatchObject({ step: 'published', lane: 'chunked', plan: { chunks: { chunks: 26 } } });
    const { chunks = [] } = (await world.ports.jobs.read(header.id)) ?? {};
    expect(chunks.filter(({ name }) => name.startsWith('chunk-'))).toHaveLength(26);
    expect(new Set(tasks.map(({ lane }) => lane))).toEqual(new Set(['chunked']));
  });

  it('makes one job of the same event, twice or at once', async () => {
    const notice = await world.upload('clip.mp4');
    await Promise.all([1, 2, 3].map(() => dispatch(world.ports, SETTINGS, notice)));
    await dispatch(world.ports, SETTINGS, notice);
    expect((await onlyJob()).tasks).toHaveLength(4);
  });

  it('ignores an older upload of the key and takes a newer one for a job of its own', async () => {
    const first = await world.upload('clip.mp4', 'one');
    const second = await world.upload('clip.mp4', 'second');
    await dispatch(world.ports, SETTINGS, second);
    await dispatch(world.ports, SETTINGS, first);
    expect((await onlyJob()).header.source).toEqual(second);
    const third = await world.upload('clip.mp4', 'the third');
    await dispatch(world.ports, SETTINGS, third);
    expect((await allJobs()).map((job) => job.header.source.size).toSorted()).toEqual([6, 9]);
  });

  it.each([
    ['an empty file', { content: '' }, 'input.empty'],
    ['a file over the limit', { content: 'x'.repeat(1001) }, 'input.too_large'],
    ['a replaced file', { etag: 'other' }, 'input.missing'],
    ['a name with a line break', { key: 'a\nb.mp4' }, 'input.bad_key'],
    ['what the probe refuses', { probe: new MillraceError('input.no_video', 'No video.') }, 'input.no_video'],
    ['what fits neither functions nor containers', { limits: TOO_SHORT }, 'limit.timeout'],
  ])('ends %s as a failed job without tasks', async (_, given, code) => {
    const { content, etag, key, probe, limits } = {
      content: 'video',
      etag: undefined,
      key: 'clip.mp4',
      probe: PROBE,
      limits: SETTINGS.limits,
      ...given,
    };
    const uploaded = await world.upload(key, content);
    world.probes = probe;
    const settings = { ...SETTINGS, limits };
    await dispatch(world.ports, settings, etag ? { ...uploaded, etag } : uploaded);
    const job = await onlyJob();
    expect(job).toMatchObject({
      header: { state: 'failed', error: { code, task: null }, manifest: null },
      tasks: [],
    });
    expect(world.events).toEqual([
      expect.objectContaining({ id: `${job.header.id}:failed`, manifest: null }),
    ]);
    expect(await openJobIds(jobs)).toEqual([]);
    expect(world.doorbells).toEqual([]);
  });

  it('throws what may pass, and goes on from there when the message comes again', async () => {
    const notice = await world.upload('clip.mp4');
    world.probes = new MillraceError('infrastructure', 'No probe today.', { retryable: true });
    await expect(dispatch(world.ports, SETTINGS, notice)).rejects.toThrow('No probe today.');
    world.probes = new TypeError('a defect');
    await expect(dispatch(world.ports, SETTINGS, notice)).rejects.toThrow(TypeError);
    expect((await onlyJob()).header).toMatchObject({ state: 'queued', step: 'recorded' });
    world.probes = PROBE;
    await dispatch(world.ports, SETTINGS, notice);
    expect((await onlyJob()).header.step).toBe('published');
  });

  it('adopts the id that was reserved for the key', async () => {
    const notice = await world.upload('clip.mp4');
    await jobs.reserve({
      bucket: notice.bucket,
      key: notice.key,
      jobId: 'reserved',
      size: notice.size,
      profileHash: SETTINGS.profileHash,
      lane: 'lambda',
      createdAt: new Date(world.clock.now).toISOString(),
      expiresAt: world.clock.now + 1000,
    });
    await dispatch(world.ports, SETTINGS, notice);
    expect((await onlyJob()).header).toMatchObject({ id: 'reserved', state: 'queued', step: 'published' });
  });
});

/** Dispatch with every port, down to each command to the table, dead after `count` effects. */
async function crashes(count: number, notice: UploadNotice): Promise<boolean> {
  const point = crashAfter(count);
  const ports: DispatchPorts = {
    ...world.ports,
    jobs: createJobStore(point.wrap(dynalite.client), `jobs-${tables}`),
    sources: point.wrap(world.ports.sources),
    probe: point.wrap(world.ports.probe),
    tasks: point.wrap(world.ports.tasks),
    events: point.wrap(world.ports.events),
  };
  try {
    await dispatch(ports, SETTINGS, notice);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return point.crashed();
}

/** Commands until an upload's claim stands; before that only the queue knows of it. */
const BEFORE_CLAIM = 4;

async function recover(by: 'redelivery' | 'sweep', count: number, notice: UploadNotice): Promise<void> {
  if (by === 'redelivery' || count < BEFORE_CLAIM) {
    await dispatch(world.ports, SETTINGS, notice);
    return;
  }
  world.clock.now += LOOK.afterMs + 1;
  await sweep(world.ports, LOOK);
  for (const again of world.notices.splice(0)) await dispatch(world.ports, SETTINGS, again);
  world.clock.now += LOOK.afterMs + 1;
  await sweep(world.ports, LOOK);
}

describe('a dispatch that dies between any two of its steps', () => {
  it.each([
    ['the next delivery', 'sound', 'redelivery'],
    ['the sweep', 'sound', 'sweep'],
    ['the next delivery, for a rejected upload', 'rejected', 'redelivery'],
    ['the sweep, for a rejected upload', 'rejected', 'sweep'],
  ] as const)('is completed by %s', async (_, upload, by) => {
    let points = 0;
    for (let crashed = true; crashed; points += 1) {
      const after = `crash after ${points} effects`;
      const notice = await world.upload(`clip-${points}.mp4`, upload === 'sound' ? 'video' : '');
      crashed = await crashes(points, notice);
      await recover(by, points, notice);
      const { jobs: found } = await jobs.list({ limit: 10, key: notice.key });
      expect(found, after).toHaveLength(1);
      const job = found[0];
      if (job === undefined) break;
      const jobId = job.header.id;
      if (upload === 'sound') {
        expect(job.header, after).toMatchObject({ step: 'published', state: 'queued' });
        const rung = world.doorbells.splice(0).map((each) => [each.jobId, each.task].join(' '));
        expect(new Set(rung), after).toEqual(
          new Set(['480p', '720p', '1080p'].map((task) => `${jobId} ${task}`)),
        );
        await jobs.close(jobId, { state: 'canceled', error: null, manifest: null }, world.clock.now);
        await jobs.markAnnounced(jobId, world.clock.now);
      } else {
        expect(job, after).toMatchObject({
          header: { state: 'failed', announcedAt: expect.any(String) },
          tasks: [],
        });
        const ids = world.events.splice(0).map((each) => each.id);
        expect(new Set(ids), after).toEqual(new Set([`${jobId}:failed`]));
      }
      expect(await openJobIds(jobs), after).toEqual([]);
    }
    // Every command to the table and every call of a port was a place to die at.
    expect(points).toBeGreaterThan(upload === 'sound' ? 20 : 12);
  });
});
