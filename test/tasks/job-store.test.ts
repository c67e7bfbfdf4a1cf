import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { toJobError } from '../../shared/core/errors.ts';
import { type Job, NO_USAGE, type Output } from '../../shared/core/job.ts';
import type { ClaimRequest, ClaimResult } from '../../shared/core/ports/task-ledger.ts';
import { header, NOTICE, NOW, PLAN, PROBE, TASKS, task } from '../fixtures/jobs.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { openJobIds } from '../helpers/open-job-ids.ts';

const LEASE = 120_000;

let dynalite: Dynalite;
let store: JobStore;
let jobs = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
  store = await dynalite.createStore('jobs');
});
afterAll(() => dynalite.stop());

/** Records and plans a job of its own; answers its id. */
async function plannedJob(): Promise<string> {
  jobs += 1;
  const id = `job-${jobs}`;
  await store.recordJob(header({ id, source: { ...NOTICE, key: `${id}.mp4` } }));
  const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: 'Short.' } as const;
  await store.recordPlan(id, planned, TASKS, NOW);
  return id;
}

async function read(id: string): Promise<Job> {
  const job = await store.read(id);
  if (job === undefined) throw new Error(`no job ${id}`);
  return job;
}

async function taskOf(id: string, name: string) {
  const found = (await read(id)).tasks.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
}

async function version(id: string): Promise<number> {
  const job = await read(id);
  return job.tasks.reduce((sum, each) => sum + each.revision, job.header.revision);
}

function claimOf(jobId: string, fields: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    jobId,
    task: '480p',
    lane: 'lambda',
    worker: 'a',
    now: NOW,
    leaseMs: LEASE,
    deadline: null,
    memoryMb: 512,
    ...fields,
  };
}

function kinds(results: readonly ClaimResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const OUTPUT: Output = {
  name: '480p',
  kind: 'rendition',
  path: '480p.mp4',
  contentType: 'video/mp4',
  bytes: 10,
  sha256: 'ab',
  width: 854,
  height: 480,
  durationSeconds: 10,
  bitrate: 8,
  codecs: 'avc1.64001f',
};

describe('intake', () => {
  it('records and plans a job as it was given, and once only', async () => {
    const id = await plannedJob();
    const source = { ...NOTICE, key: `${id}.mp4` };
    const first = await read(id);
    expect(first).toEqual({
      header: header({
        id,
        source,
        step: 'planned',
        revision: 2,
        probe: PROBE,
        plan: PLAN,
        laneReason: 'Short.',
      }),
      tasks: TASKS,
      chunks: [],
    });
    await store.recordJob(header({ id, source, createdAt: '2027-01-01T00:00:00.000Z' }));
    await store.recordPlan(
      id,
      { probe: PROBE, plan: PLAN, lane: 'batch', laneReason: 'Again.' },
      [task('480p', { attempt: 3 })],
      NOW + 1,
    );
    expect(await read(id)).toEqual(first);
    await store.markPublished(id);
    expect((await read(id)).header.step).toBe('published');
    expect(await store.read('nobody')).toBeUndefined();
  });

  it('gives one id to twenty concurrent deliveries of one upload', async () => {
    const notice = { ...NOTICE, key: 'twice.mp4' };
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.claimSource(notice, 'p', `id-${index}`, NOW)),
    );
    expect(new Set(decisions.map((decision) => decision.kind === 'job' && decision.jobId)).size).toBe(1);
  });

  it('ignores an older sequencer unless its upload became a job before', async () => {
    const at = (sequencer: string) => ({ ...NOTICE, key: 'ordered.mp4', sequencer });
    const claim = (sequencer: string, id: string) => store.claimSource(at(sequencer), 'p', id, NOW);
    expect(await claim('00B', 'b')).toEqual({ kind: 'job', jobId: 'b', isRecorded: false });
    expect(await claim('00A', 'a')).toEqual({ kind: 'superseded' });
    expect(await claim('00B1', 'c')).toEqual({ kind: 'job', jobId: 'c', isRecorded: false });
    expect(await claim('00b', 'late')).toEqual({ kind: 'superseded' });
    expect(await claim('00B', 'late')).toEqual({ kind: 'job', jobId: 'b', isRecorded: false });
  });

  it('keeps versions and profiles apart', async () => {
    const of = (versionId: string) => ({ ...NOTICE, key: 'versions.mp4', versionId });
    expect(await store.claimSource(of('v1'), 'p', 'v1p', NOW)).toEqual({
      kind: 'job',
      jobId: 'v1p',
      isRecorded: false,
    });
    expect(await store.claimSource(of('v1'), 'q', 'v1q', NOW)).toEqual({
      kind: 'job',
      jobId: 'v1q',
      isRecorded: false,
    });
    expect(await store.claimSource(of('v2'), 'p', 'v2p', NOW)).toEqual({
      kind: 'job',
      jobId: 'v2p',
      isRecorded: false,
    });
  });
});

describe('reservations', () => {
  const reserve = (jobId: string, key: string, expiresAt: number) =>
    store.reserve({
      bucket: 'uploads',
      key,
      jobId,
      size: 5,
      profileHash: 'p',
      lane: 'lambda',
      createdAt: new Date(NOW).toISOString(),
      expiresAt,
    });

  it('hands its id to the first upload of the key and to no other', async () => {
    await reserve('reserved-1', 'r1.mp4', NOW + 1000);
    const waiting = await read('reserved-1');
    expect(waiting.header).toMatchObject({ state: 'awaiting_upload', source: { key: 'r1.mp4', size: 5 } });

    const notice = { ...NOTICE, key: 'r1.mp4' };
    const both = await Promise.all(['x', 'y'].map((id) => store.claimSource(notice, 'p', id, NOW)));
    expect(both).toEqual([
      { kind: 'job', jobId: 'reserved-1', isRecorded: false },
      { kind: 'job', jobId: 'reserved-1', isRecorded: false },
    ]);
    await store.recordJob(header({ id: 'reserved-1', source: notice, profileHash: 'p' }));
    const queued = await read('reserved-1');
    expect(queued.header).toMatchObject({ state: 'queued', revision: 2, source: notice });

    const second = { ...notice, sequencer: '0055AED6DCD90281E6' };
    expect(await store.claimSource(second, 'p', 'second', NOW)).toEqual({
      kind: 'job',
      jobId: 'second',
      isRecorded: false,
    });
    expect(await store.overdueReservations(NOW + 5000)).toEqual([]);
    expect((await read('reserved-1')).header.state).toBe('queued');
  });

  it('expires to canceled, and an upload after that is a job of its own', async () => {
    await reserve('reserved-2', 'r2.mp4', NOW + 1000);
    expect(await store.overdueReservations(NOW + 999)).toEqual([]);
    expect(await store.overdueReservations(NOW + 1001)).toEqual(['reserved-2']);
    expect(await store.expireReservation('reserved-2', NOW + 1001)).toBe(true);
    expect((await read('reserved-2')).header).toMatchObject({
      state: 'canceled',
      error: { code: 'canceled' },
    });
    expect(await store.overdueReservations(NOW + 1001)).toEqual([]);
    expect(await store.expireReservation('reserved-2', NOW + 1001)).toBe(false);
    expect(await store.claimSource({ ...NOTICE, key: 'r2.mp4' }, 'p', 'own', NOW)).toEqual({
      kind: 'job',
      jobId: 'own',
      isRecorded: false,
    });
  });

  it('is not expired between its adoption and the record of the job', async () => {
    await reserve('reserved-3', 'r3.mp4', NOW + 1000);
    await store.claimSource({ ...NOTICE, key: 'r3.mp4' }, 'p', 'x', NOW);
    expect(await store.overdueReservations(NOW + 2000)).toEqual(['reserved-3']);
    expect(await store.expireReservation('reserved-3', NOW + 2000)).toBe(false);
    expect((await read('reserved-3')).header.state).toBe('awaiting_upload');
  });
});

describe('claims', () => {
  it('gives a task to one of twenty, and turns the job processing', async () => {
    const id = await plannedJob();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.claim(claimOf(id, { worker: `w${index}` }))),
    );
    expect(kinds(results)).toEqual({ claimed: 1, busy: 19 });
    expect((await read(id)).header.state).toBe('processing');
    expect(await taskOf(id, '480p')).toMatchObject({
      state: 'running',
      attempt: 1,
      startedAt: new Date(NOW).toISOString(),
    });
  });

  it('gives it again when the lease has run out, and refuses every write of the older attempt', async () => {
    const id = await plannedJob();
    await store.claim(claimOf(id));
    const later = NOW + LEASE;
    expect(await store.claim(claimOf(id, { now: later - 1 }))).toEqual({ kind: 'busy', expiresAt: later });
    const second = await store.claim(claimOf(id, { worker: 'b', now: later, deadline: later + 5 }));
    expect(second).toMatchObject({
      kind: 'claimed',
      lease: { worker: 'b', attempt: 2, expiresAt: later + LEASE, deadline: later + 5, memory: null },
    });
    const before = await read(id);
    const old = { jobId: id, task: '480p', worker: 'a', attempt: 1 };
    const beat = { progress: 0.9, memory: null, now: later, leaseMs: LEASE };
    expect(await store.heartbeat(old, beat)).toBe(false);
    for (const outcome of [
      { kind: 'succeeded', outputs: [OUTPUT], warnings: [], usage: NO_USAGE },
      { kind: 'failed', error: toJobError(new Error('x'), '480p'), usage: NO_USAGE },
      { kind: 'released', error: null, usage: NO_USAGE },
    ] as const) {
      expect(await store.settle(old, outcome, later)).toBe(false);
    }
    // The same worker's older attempt is refused as well.
    expect(await store.heartbeat({ ...old, worker: 'b' }, beat)).toBe(false);
    expect(await read(id)).toEqual(before);
  });

  it('counts attempts over releases and expiries, four at most', async () => {
    const id = await plannedJob();
    let now = NOW;
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(await store.claim(claimOf(id, { now }))).toMatchObject({ kind: 'claimed', task: { attempt } });
      if (attempt % 2 === 0) now += LEASE;
      else {
        const error = toJobError(new Error('x'), '480p');
        const claim = { jobId: id, task: '480p', worker: 'a', attempt };
        await store.settle(claim, { kind: 'released', error, usage: { ...NO_USAGE, billedMs: 5 } }, now);
        expect(await taskOf(id, '480p')).toMatchObject({ state: 'pending', error, lease: null });
      }
    }
    expect(await store.claim(claimOf(id, { now: now - 1 }))).toMatchObject({ kind: 'busy' });
    expect(await store.claim(claimOf(id, { now }))).toMatchObject({
      kind: 'exhausted',
      task: { attempt: 4, lease: { worker: 'a' }, usage: { billedMs: 10 } },
    });
  });

  it.each([
    ['another lane', { lane: 'batch' }],
    ['an unknown task', { task: '2160p' }],
    ['a skipped task', { task: '1080p' }],
  ] as const)('is closed for %s', async (_, fields) => {
    expect(await store.claim(claimOf(await plannedJob(), fields))).toEqual({ kind: 'closed' });
  });

  it('never lets progress fall, within an attempt or over attempts', async () => {
    const id = await plannedJob();
    await store.claim(claimOf(id));
    const claim = { jobId: id, task: '480p', worker: 'a', attempt: 1 };
    const versions = [await version(id)];
    const shown: number[] = [];
    for (const progress of [0.3, 0.2, 0.6]) {
      const memory = { usedMb: 100, limitMb: 512 };
      expect(await store.heartbeat(claim, { progress, memory, now: NOW + 1, leaseMs: LEASE })).toBe(true);
      versions.push(await version(id));
      shown.push((await taskOf(id, '480p')).progress);
    }
    expect(shown).toEqual([0.3, 0.3, 0.6]);
    expect((await taskOf(id, '480p')).lease).toMatchObject({
      expiresAt: NOW + 1 + LEASE,
      memory: { usedMb: 100, limitMb: 512 },
    });
    // A beat that shows nothing new leaves the version alone, so that pollers get their 304.
    expect(versions.map((each) => each - Number(versions[0]))).toEqual([0, 1, 1, 2]);

    const now = NOW + 1 + LEASE;
    expect(await store.claim(claimOf(id, { worker: 'b', now }))).toMatchObject({ task: { progress: 0.6 } });
    const second = { ...claim, worker: 'b', attempt: 2 };
    await store.heartbeat(second, { progress: 0.1, memory: null, now, leaseMs: LEASE });
    expect((await taskOf(id, '480p')).progress).toBe(0.6);
    const usage = { billedMs: 7, memoryMb: 512, vcpuSeconds: 1 };
    expect(
      await store.settle(second, { kind: 'succeeded', outputs: [OUTPUT], warnings: [], usage }, now),
    ).toBe(true);
    expect(await taskOf(id, '480p')).toEqual(
      task('480p', {
        state: 'succeeded',
        attempt: 2,
        progress: 1,
        startedAt: new Date(NOW).toISOString(),
        finishedAt: new Date(now).toISOString(),
        updatedAt: new Date(now).toISOString(),
        outputs: [OUTPUT],
        // The first attempt was seen alive for one millisecond.
        usage: { ...usage, billedMs: 8 },
        revision: 6,
      }),
    );
    expect(await store.claim(claimOf(id, { now }))).toEqual({ kind: 'closed' });
  });

  it('counts what an attempt used that ended in silence, until its last sign of life', async () => {
    const id = await plannedJob();
    const beat = (worker: string, attempt: number, now: number) =>
      store.heartbeat(
        { jobId: id, task: '480p', worker, attempt },
        { progress: 0, memory: null, now, leaseMs: LEASE },
      );
    await store.claim(claimOf(id));
    await beat('a', 1, NOW + 700);
    await beat('a', 1, NOW + 1500);
    expect((await taskOf(id, '480p')).usage).toEqual(NO_USAGE);
    const second = NOW + 1500 + LEASE;
    await store.claim(claimOf(id, { worker: 'b', now: second, memoryMb: 1024 }));
    expect((await taskOf(id, '480p')).usage).toEqual({ ...NO_USAGE, billedMs: 1500, memoryMb: 512 });
    await beat('b', 2, second + 400);
    const third = second + 400 + LEASE;
    await store.claim(claimOf(id, { worker: 'c', now: third, memoryMb: 1024 }));
    await store.failUnclaimed(id, '480p', toJobError(new Error('x'), '480p'), third + LEASE);
    expect((await taskOf(id, '480p')).usage).toEqual({ ...NO_USAGE, billedMs: 1900, memoryMb: 1024 });
  });

  it('adds what a silent container used to what functions were billed for', async () => {
    const id = await plannedJob();
    const claim = { jobId: id, task: '480p', worker: 'a', attempt: 1 };
    await store.claim(claimOf(id));
    const usage = { billedMs: 900, memoryMb: 512, vcpuSeconds: 0 };
    await store.settle(claim, { kind: 'handedOver', reason: 'Too slow.', usage }, NOW + 900);
    await store.claim(claimOf(id, { lane: 'batch', worker: 'c', memoryMb: 0 }));
    const container = { ...claim, worker: 'c', attempt: 2 };
    const beat = { progress: 0, memory: null, now: NOW + 1000, leaseMs: LEASE };
    await store.heartbeat(container, { ...beat, vcpuSeconds: 1.5 });
    await store.heartbeat(container, { ...beat, vcpuSeconds: 2.5 });
    await store.failUnclaimed(id, '480p', toJobError(new Error('x'), '480p'), NOW + 1000 + LEASE);
    expect((await taskOf(id, '480p')).usage).toEqual({ ...usage, vcpuSeconds: 2.5 });
  });

  it('fails an unheld task, never a held or ended one', async () => {
    const id = await plannedJob();
    const error = toJobError(new Error('x'), '480p');
    await store.claim(claimOf(id));
    expect(await store.failUnclaimed(id, '480p', error, NOW + LEASE - 1)).toBe(false);
    expect(await store.failUnclaimed(id, '480p', error, NOW + LEASE)).toBe(true);
    expect(await taskOf(id, '480p')).toMatchObject({ state: 'failed', error, lease: null });
    expect(await store.failUnclaimed(id, '480p', error, NOW + LEASE)).toBe(false);
    expect(await store.failUnclaimed(id, 'thumbnails', error, NOW)).toBe(true);
    expect(await store.failUnclaimed(id, 'nothing', error, NOW)).toBe(false);
  });

  it('cuts texts that would outgrow an item', async () => {
    const id = await plannedJob();
    const error = { ...toJobError(new Error('x'), '480p'), detail: '😀'.repeat(500_000) };
    await store.failUnclaimed(id, '480p', error, NOW);
    const stored = (await taskOf(id, '480p')).error?.detail ?? '';
    expect(stored.length).toBeLessThanOrEqual(2000);
    expect(stored).toMatch(/^(😀)+…$/u);
  });
});

describe('closing', () => {
  it('lets one of two callers end a job, whose event stays owed until it is marked', async () => {
    const id = await plannedJob();
    const end = { state: 'completed', error: null, manifest: OUTPUT } as const;
    const closed = await Promise.all([store.close(id, end, NOW + 1), store.close(id, end, NOW + 1)]);
    expect(closed.toSorted()).toEqual([false, true]);
    expect((await read(id)).header).toMatchObject({ state: 'completed', manifest: OUTPUT, error: null });
    expect(await openJobIds(store)).toContain(id);
    await store.markAnnounced(id, NOW + 2);
    await store.markAnnounced(id, NOW + 3);
    expect((await read(id)).header.announcedAt).toBe(new Date(NOW + 2).toISOString());
    expect(await openJobIds(store)).not.toContain(id);
    expect(await store.close('nobody', end, NOW)).toBe(false);
  });
});

describe('open work', () => {
  it('pages through every open job of every shard', async () => {
    const own = await dynalite.createStore('open');
    const ids = Array.from({ length: 230 }, (_, index) => `j-${index}`);
    await Promise.all(ids.map((id) => own.recordJob(header({ id }))));
    const found = await openJobIds(own);
    expect(found.toSorted()).toEqual(ids.toSorted());
  });

  it('finds an upload that was claimed and never recorded', async () => {
    const own = await dynalite.createStore('claimed');
    await own.claimSource(NOTICE, 'profile-1', 'job-u', NOW);
    expect(await own.unrecordedUploads(NOW)).toEqual([]);
    const [name = '', ...others] = await own.unrecordedUploads(NOW + 1);
    expect(others).toEqual([]);
    expect(await own.readUpload(name)).toEqual({ notice: NOTICE, profileHash: 'profile-1' });
    await own.recordJob(header({ id: 'job-u' }));
    expect(await own.readUpload(name)).toBeUndefined();
    expect(await own.unrecordedUploads(NOW + 1)).toEqual([]);
  });
});

describe('lists', () => {
  it('lists newest first, by state and by key, a page at a time', async () => {
    const own = await dynalite.createStore('lists');
    for (let index = 0; index < 7; index += 1) {
      const key = index % 2 === 0 ? 'even name.mp4' : 'odd.mp4';
      await own.recordJob(
        header({
          id: `l${index}`,
          createdAt: new Date(NOW + index * 1000).toISOString(),
          source: { ...NOTICE, key, sequencer: `A${index}` },
        }),
      );
    }
    const end = { state: 'failed', error: null, manifest: null } as const;
    for (const id of ['l1', 'l2', 'l5']) await own.close(id, end, NOW);

    async function pages(query: { limit: number; state?: 'failed'; key?: string }): Promise<string[][]> {
      const found: string[][] = [];
      let cursor: string | null | undefined;
      do {
        const page = await own.list(cursor ? { ...query, cursor } : query);
        found.push(page.jobs.map((job) => job.header.id));
        cursor = page.cursor;
      } while (cursor !== null);
      return found;
    }
    expect(await pages({ limit: 3 })).toEqual([['l6', 'l5', 'l4'], ['l3', 'l2', 'l1'], ['l0']]);
    expect(await pages({ limit: 7 })).toEqual([['l6', 'l5', 'l4', 'l3', 'l2', 'l1', 'l0']]);
    expect(await pages({ limit: 2, state: 'failed' })).toEqual([['l5', 'l2'], ['l1']]);
    expect(await pages({ limit: 2, key: 'even name.mp4' })).toEqual([
      ['l6', 'l4'],
      ['l2', 'l0'],
    ]);
    expect(await pages({ limit: 2, key: 'odd.mp4', state: 'failed' })).toEqual([['l5', 'l1']]);
    expect(await pages({ limit: 2, key: 'none' })).toEqual([[]]);
    await expect(own.list({ limit: 2, cursor: 'nonsense' })).rejects.toThrow(RangeError);
  });
});
