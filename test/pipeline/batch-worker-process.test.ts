import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchWorkerBench, startBatchWorkerBench } from '../helpers/batch-worker.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';

let clips: ClipFolder;
let bench: BatchWorkerBench;

beforeAll(async () => {
  [clips, bench] = await Promise.all([createClipFolder(), startBatchWorkerBench()]);
});
afterAll(() => Promise.all([clips.remove(), bench.stop()]));

/** Long enough to be stopped in the middle. */
function longClip(): Promise<string> {
  const seconds = 20;
  return clips.make('long.mp4', [...picture({ size: '320x240', seconds }), ...tone(seconds), ...H264]);
}

/** Plans a job and starts a container, which is in the middle of its work. */
async function containerAtWork(jobId: string) {
  await bench.plan(jobId, await longClip());
  const worker = bench.start(jobId, { AWS_BATCH_JOB_ID: jobId });
  await worker.said('making tasks');
  // Heartbeats of 0.1 s bring it.
  for (let progress = 0; progress === 0; ) {
    progress = (await bench.world.task('480p', jobId)).progress;
  }
  return worker;
}

const succeeded = (attempt: number) => ({ state: 'succeeded', attempt, lease: null });

describe("the container's entry point", () => {
  it('gives its tasks back when told to end, and the next attempt makes them', async () => {
    const worker = await containerAtWork('spot');
    worker.terminate();
    const toldAt = performance.now();
    expect((await worker.ended).code).toBe(143);
    expect(performance.now() - toldAt).toBeLessThan(10_000);
    const given = { state: 'pending', attempt: 0, lease: null, error: null };
    expect((await bench.world.job('spot')).tasks).toMatchObject([given, given]);
    expect(await bench.world.run('spot')).toMatchObject({ state: 'submitted', lease: null });
    expect(await readdir(bench.world.scratchRoot)).toEqual([]);

    const next = bench.start('spot', { AWS_BATCH_JOB_ID: 'spot', AWS_BATCH_JOB_ATTEMPT: '2' });
    expect((await next.ended).code).toBe(0);
    const { header, tasks } = await bench.world.job('spot');
    expect(header.state).toBe('completed');
    expect(tasks).toMatchObject([succeeded(1), succeeded(1)]);
    expect(tasks[0]?.usage.vcpuSeconds).toBeGreaterThan(0);
    expect(await readdir(bench.world.scratchRoot)).toEqual([]);
  });

  it('is succeeded after a kill by an attempt that waits for the leases of the dead', async () => {
    const worker = await containerAtWork('killed');
    worker.kill();
    expect((await worker.ended).code).toBe(137);
    const next = bench.start('killed', { AWS_BATCH_JOB_ID: 'another' });
    expect((await next.ended).code).toBe(0);
    const { header, tasks } = await bench.world.job('killed');
    expect(header.state).toBe('completed');
    expect(tasks).toMatchObject([succeeded(2), succeeded(2)]);
    expect(await bench.world.run('killed')).toMatchObject({ state: 'ended', lease: null });
  });

  it('leaves the job to a container that lives', async () => {
    await bench.plan('taken', await longClip());
    const renew = () =>
      bench.world.jobs.batchLeases.take('taken', {
        worker: 'other#1',
        batchJobId: 'other',
        now: Date.now(),
        leaseMs: 60_000,
      });
    await renew();
    const worker = bench.start('taken');
    await worker.said('job is in other hands');
    await renew();
    expect((await worker.ended).code).toBe(0);
    expect(await bench.world.task('480p', 'taken')).toMatchObject({ state: 'pending', attempt: 0 });
  });

  it('ends without a retry on bad input, which fails the job', async () => {
    const clip = await clips.make('short.mp4', [...picture({ size: '160x120' }), ...H264]);
    await bench.plan('bad', clip);
    const { source } = (await bench.world.job('bad')).header;
    await bench.world.upload(source.key, 'replaced');
    expect((await bench.start('bad').ended).code).toBe(0);
    expect((await bench.world.job('bad')).header).toMatchObject({
      state: 'failed',
      error: { code: 'input.missing' },
    });
  });

  it.each([
    ['a missing setting', { JOBS_TABLE: undefined }, 64],
    ['no job', { JOB_ID: undefined }, 64],
    ['no name', { AWS_BATCH_JOB_ID: undefined }, 64],
    ['no encoder', { FFMPEG_PATH: '/nowhere/ffmpeg' }, 64],
    ['no table', { JOBS_TABLE: 'nowhere' }, 75],
  ])('tells by its exit code that there is %s', async (_, env, code) => {
    const end = await bench.start('spot', env).ended;
    expect(end.code).toBe(code);
    expect(end.log.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
    expect(end.log.join()).not.toContain('SECRET');
  });
});
