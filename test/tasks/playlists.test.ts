import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createJobStore, type JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { jobMedia, jobOutputs } from '../../shared/core/document.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import { Manifest } from '../../shared/core/manifest.ts';
import type { MadeMedia, Make } from '../../shared/core/ports/work.ts';
import { runTask } from '../../shared/tasks/run-task.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import { mediaFile } from '../fixtures/streams.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type Dynalite, startDynalite } from '../helpers/dynalite.ts';
import { host, makeText, type PipelinePorts, pipelinePorts } from '../helpers/pipeline-ports.ts';
import { textOf } from '../helpers/text-of.ts';

const LEASE = 120_000;

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
  await jobs.recordJob(header({ source: await world.upload('clip.mp4') }));
  await jobs.recordPlan(
    'job-1',
    { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' },
    TASKS,
    world.clock.now,
  );
  await jobs.markPublished('job-1');
});
afterEach(() => world.close());

/** A rendition with its media file; the lowest brings the sound. */
function makePackaged(name: string, size: { width: number; height: number }): Make {
  return async (context) => {
    const media = async (track: string, isPicture: boolean): Promise<MadeMedia> => {
      const file = join(context.scratch, `${track}-media.mp4`);
      await writeFile(file, `media of ${track}`);
      const { bytes: _bytes, sha256: _sha256, ...facts } = mediaFile(track);
      return {
        ...facts,
        file,
        codecs: isPicture ? 'avc1.64001f' : 'mp4a.40.2',
        playlists: {
          targetSeconds: 6,
          keyframes: isPicture ? [{ path: facts.path, offset: 900, bytes: 300, seconds: 6 }] : [],
          picture: isPicture ? { ...size, frameRate: { num: 24, den: 1 } } : null,
        },
      };
    };
    const made = await makeText(name)(context);
    const sound = name === '480p' ? [await media('audio', false)] : [];
    return { ...made, media: [await media(name, true), ...sound] };
  };
}

const SIZE = { width: 854, height: 480 };
const MAKES: Readonly<Record<string, Make>> = {
  '480p': makePackaged('480p', SIZE),
  '720p': makePackaged('720p', { width: 1280, height: 720 }),
  thumbnails: makeText('thumbnails'),
};

/** Runs all tasks; those named fail. */
async function end(failing: readonly string[]): Promise<Job> {
  for (const [task, make] of Object.entries(MAKES)) {
    const failed: Make = () => Promise.reject(new MillraceError('encode.failed', 'It stopped.'));
    const message = { jobId: 'job-1', task, lane: 'lambda' } as const;
    await runTask(world.ports, message, failing.includes(task) ? failed : make, host());
  }
  const job = await jobs.read('job-1');
  if (job === undefined) throw new Error('no job');
  return job;
}

const master = () => textOf(world.outputs, 'job-1/hls/master.m3u8');

it('are committed with each rendition, and named by a master playlist in the end', async () => {
  const job = await end([]);
  expect(jobOutputs(job).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    'rendition 480p',
    'playlist 480p.m3u8',
    'playlist 480p-keyframes.m3u8',
    'playlist audio.m3u8',
    'rendition 720p',
    'playlist 720p.m3u8',
    'playlist 720p-keyframes.m3u8',
    'rendition thumbnails',
    'playlist master.m3u8',
    'manifest manifest',
  ]);
  expect(jobMedia(job).map(({ path, segments }) => [path, segments])).toEqual([
    ['hls/480p/media.mp4', []],
    ['hls/audio/media.mp4', []],
    ['hls/720p/media.mp4', []],
  ]);
  const text = await master();
  expect(text?.split('\n').filter((line) => line.endsWith('.m3u8'))).toEqual(['480p.m3u8', '720p.m3u8']);
  expect(job.header.playlist).toMatchObject({
    path: 'hls/master.m3u8',
    contentType: 'application/vnd.apple.mpegurl',
    bytes: text?.length,
  });
  expect(await textOf(world.outputs, 'job-1/hls/audio/media.mp4')).toBe('media of audio');
  const manifest = Manifest.parse(JSON.parse((await textOf(world.outputs, 'job-1/manifest.json')) ?? ''));
  expect(manifest.outputs.map(({ name }) => name)).toEqual(
    jobOutputs(job)
      .map(({ name }) => name)
      .slice(0, -1),
  );
  expect(manifest.media.map(({ key }) => key)).toEqual(jobMedia(job).map(({ path }) => `job-1/${path}`));
});

it('of a failed job are those of the renditions that succeeded', async () => {
  const job = await end(['720p']);
  expect(job.header.state).toBe('failed');
  expect((await master())?.split('\n').filter((line) => line.endsWith('.m3u8'))).toEqual(['480p.m3u8']);
});

it('are none without the sound that was planned', async () => {
  const job = await end(['480p']);
  expect([job.header.playlist, await master()]).toEqual([null, undefined]);
  expect(jobOutputs(job).map(({ name }) => name)).toEqual([
    '720p',
    '720p.m3u8',
    '720p-keyframes.m3u8',
    'thumbnails',
    'manifest',
  ]);
});

it('are whole, wherever the worker of the last task died', async () => {
  let points = 0;
  for (let crashed = true; crashed; points += 1) {
    const id = `crash-${points}`;
    await jobs.recordJob(header({ id, source: await world.upload(`${id}.mp4`) }));
    const planned = { probe: PROBE, plan: PLAN, lane: 'lambda', laneReason: '' } as const;
    await jobs.recordPlan(id, planned, TASKS.slice(0, 1), world.clock.now);
    const point = crashAfter(points);
    const ports = {
      ...world.ports,
      jobs: createJobStore(point.wrap(dynalite.client), `jobs-${tables}`),
      outputs: point.wrap(world.outputs),
    };
    const message = { jobId: id, task: '480p', lane: 'lambda' } as const;
    const dying = runTask(ports, message, makePackaged('480p', SIZE), host({ heartbeatMs: 600_000 }));
    await dying.catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    crashed = point.crashed();
    world.clock.now += LEASE;
    await runTask(world.ports, message, makePackaged('480p', SIZE), host());
    const job = await jobs.read(id);
    const master = await textOf(world.outputs, `${id}/hls/master.m3u8`);
    expect(job?.header, `crash after ${points} effects`).toMatchObject({
      state: 'completed',
      playlist: { bytes: master?.length },
      manifest: { path: 'manifest.json' },
    });
    expect(job && jobMedia(job).map(({ track, bytes }) => [track, bytes])).toEqual([
      ['480p', 'media of 480p'.length],
      ['audio', 'media of audio'.length],
    ]);
    expect(job && jobOutputs(job)).toHaveLength(6);
  }
  expect(points).toBeGreaterThan(15);
});
