import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { bundleWorker } from '../../infra/bundle.mjs';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { Task } from '../../shared/core/job.ts';
import type { Profile } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import { header, SOURCE, task } from '../fixtures/jobs.ts';
import { type BatchWorld, batchWorld } from './batch-world.ts';
import { startDynalite } from './dynalite.ts';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';
import { FAST_PROFILE } from './render-clip.ts';
import { TEST_AWS } from './test-aws.ts';

/** Everything that containers of the service see, and containers in the form of processes. */
export interface BatchWorkerBench {
  readonly world: BatchWorld;
  /** Records a job of a clip, as dispatch does in the lane `batch`. */
  plan(jobId: string, clip: string): Promise<void>;
  /** @param env Over what the job definition sets; undefined takes a variable away. */
  start(jobId: string, env?: Readonly<Record<string, string | undefined>>): WorkerProcess;
  stop(): Promise<void>;
}

export interface WorkerProcess {
  /** To the first process, as Batch does. */
  terminate(): void;
  /** SIGKILL to all of them. */
  kill(): void;
  /** Resolves when a log line with this message is out; rejects when the process ends before. */
  said(msg: string): Promise<void>;
  /** Exit code, 128 + 9 when killed, and the log. */
  readonly ended: Promise<{ readonly code: number; readonly log: readonly string[] }>;
}

const BUILD = resolve('.build');
/** One rendition; slow enough to be stopped in the middle. */
const PROFILE: Profile = { ...FAST_PROFILE, preset: 'veryfast' };

export async function startBatchWorkerBench(): Promise<BatchWorkerBench> {
  await mkdir(BUILD, { recursive: true });
  // Inside the project, so that the bundle finds the packages that are not inlined.
  const build = await mkdtemp(join(BUILD, 'test-worker-'));
  const [bundle, dynalite, fauxqs] = await Promise.all([
    bundleWorker({ outdir: build }),
    startDynalite(),
    startFauxqs(),
  ]);
  const world = await batchWorld(dynalite);
  const root = join(world.scratchRoot, '..');
  const environment = await containerEnvironment(world, fauxqs, dynalite.endpoint, root);
  const running = new Set<WorkerProcess>();

  return {
    world,
    async plan(id, clip) {
      const key = `${id}.mp4`;
      await copyFile(clip, join(root, 'uploads', key));
      const found = await createFileStore(root, 'uploads').head(key);
      if (found === undefined) throw new Error(`no object ${key}`);
      const { ffprobe } = await findMediaBinaries({ ffprobe: process.env['FFPROBE_PATH'] });
      const tool = createFfprobe({
        program: ffprobe,
        limits: { maxPixels: 40_000_000, maxSeconds: 21_600 },
      });
      const probe = await tool.probe({ url: `file:${clip}`, protocols: 'file' });
      const plan = planJob(probe, PROFILE, 'profile-1');
      const names = [...plan.renditions.map(({ name }) => name), 'thumbnails'];
      const tasks = names.map((name): Task => task(name, { lane: 'batch' }));
      const source = { ...SOURCE, key, size: found.size, etag: found.etag };
      await world.jobs.recordJob(header({ id, source }));
      const planned = { probe, plan, lane: 'batch', laneReason: 'It is long.' } as const;
      await world.jobs.recordPlan(id, planned, tasks, world.clock.now);
      await world.jobs.markPublished(id);
    },
    start(jobId, env = {}) {
      const worker = startWorker(bundle, { ...environment, JOB_ID: jobId, ...env });
      running.add(worker);
      return worker;
    },
    async stop() {
      for (const worker of running) worker.kill();
      await Promise.all([...running].map(({ ended }) => ended));
      await Promise.all([dynalite.stop(), fauxqs.stop()]);
      await rm(build, { recursive: true, force: true });
      await world.close();
    },
  };
}

/** Short leases and quick heartbeats, so that a dead container is waited for in seconds. */
async function containerEnvironment(
  world: BatchWorld,
  { sns, endpoint }: Fauxqs,
  database: string,
  root: string,
): Promise<Record<string, string | undefined>> {
  const [tasks, events] = await Promise.all(
    ['tasks', 'events'].map((Name) => sns.send(new CreateTopicCommand({ Name }))),
  );
  return {
    AWS_REGION: TEST_AWS.region,
    AWS_ACCESS_KEY_ID: TEST_AWS.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_AWS.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_SNS: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: database,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    FFMPEG_PATH: process.env['FFMPEG_PATH'],
    FFPROBE_PATH: process.env['FFPROBE_PATH'],
    JOBS_TABLE: world.table,
    UPLOADS_BUCKET: 'uploads',
    OUTPUTS_BUCKET: 'outputs',
    OBJECTS_URL: `file://${root}`,
    TASKS_TOPIC_ARN: tasks?.TopicArn,
    EVENTS_TOPIC_ARN: events?.TopicArn,
    UPLOADS_QUEUE_URL: 'http://127.0.0.1/none',
    SCRATCH_DIR: world.scratchRoot,
    LEASE_SECONDS: '3',
    BATCH_HEARTBEAT_SECONDS: '0.1',
    BATCH_VCPUS: '2',
    AWS_BATCH_JOB_ID: 'container',
    AWS_BATCH_JOB_ATTEMPT: '1',
  };
}

function startWorker(bundle: string, env: Readonly<Record<string, string | undefined>>): WorkerProcess {
  const child = spawn(process.execPath, [bundle], {
    // A group of its own, so that a kill takes its children along, as the end of a container does.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
  });
  const log: string[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => log.push(line));
  const closed = new AbortController();
  const ended = endOf(child, log).finally(() => closed.abort(new Error('the worker has ended')));

  return {
    terminate: () => void child.kill('SIGTERM'),
    kill: () => killGroup(child),
    async said(msg) {
      const isSaid = () => log.some((line) => line.includes(`"msg":"${msg}"`));
      while (!isSaid()) await once(lines, 'line', { signal: closed.signal });
    },
    ended,
  };
}

async function endOf(child: ChildProcess, log: readonly string[]) {
  const [code, signal] = await once(child, 'close');
  if (signal !== null && signal !== 'SIGKILL') throw new Error(`the worker ended with ${signal}`);
  return { code: signal === null ? Number(code) : 137, log };
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGKILL');
}
