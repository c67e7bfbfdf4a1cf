import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import type { BatchRun } from '../../shared/core/batch-run.ts';
import type { Job, Task } from '../../shared/core/job.ts';
import type { LadderRequest } from '../../shared/core/ports/ladder.ts';
import type { Made } from '../../shared/core/ports/work.ts';
import type { BatchHost, RunBatchJobPorts } from '../../shared/tasks/batch/run-batch-job.ts';
import { header, PLAN, PROBE, TASKS } from '../fixtures/jobs.ts';
import type { Dynalite } from './dynalite.ts';
import { type PipelinePorts, pipelinePorts } from './pipeline-ports.ts';

/** Of every claim that the helpers below make. */
export const LEASE = 120_000;

/** A job in the lane `batch` and what the container's worker sees, over a real table and real files. */
export interface BatchWorld extends Omit<PipelinePorts, 'ports' | 'close'> {
  readonly jobs: JobStore;
  readonly table: string;
  readonly ports: RunBatchJobPorts & PipelinePorts['ports'];
  /** Records a further job; its tasks are in the lane `batch` but where `changes` says otherwise. */
  plan(jobId: string, changes?: Readonly<Record<string, Partial<Task>>>): Promise<void>;
  job(jobId?: string): Promise<Job>;
  task(name: string, jobId?: string): Promise<Task>;
  run(jobId?: string): Promise<BatchRun | undefined>;
  claim(task: string, worker: string): Promise<void>;
  /** Claims a task that somebody holds, as if the holder had been silent for a lease. */
  steal(task: string): Promise<void>;
  /** Takes or renews the lease of the job for another container. */
  lease(worker: string): Promise<void>;
  close(): Promise<void>;
}

let tables = 0;

export async function batchWorld(dynalite: Dynalite): Promise<BatchWorld> {
  tables += 1;
  const table = `batch-${tables}`;
  const jobs = await dynalite.createStore(table);
  const { ports, ...pipeline } = await pipelinePorts(jobs);
  const { clock } = pipeline;

  const world: BatchWorld = {
    ...pipeline,
    get clock() {
      return clock;
    },
    jobs,
    table,
    ports: { ...ports, jobs, leases: jobs.batchLeases, runs: jobs.batchRuns },
    async plan(id, changes = {}) {
      const tasks = TASKS.map(
        (task): Task => ({
          ...task,
          lane: 'batch',
          after: [],
          ...changes[task.name],
        }),
      );
      await jobs.recordJob(header({ id, source: await pipeline.upload(`${id}.mp4`) }));
      const planned = { probe: PROBE, plan: PLAN, lane: 'batch', laneReason: 'It is long.' } as const;
      await jobs.recordPlan(id, planned, tasks, clock.now);
      await jobs.markPublished(id);
    },
    async job(id = 'job-1') {
      const job = await jobs.read(id);
      if (job === undefined) throw new Error(`no job ${id}`);
      return job;
    },
    async task(name, id) {
      const found = (await world.job(id)).tasks.find((task) => task.name === name);
      if (found === undefined) throw new Error(`no task ${name}`);
      return found;
    },
    run: (id = 'job-1') => jobs.batchRuns.read(id),
    async claim(task, worker) {
      const request = { jobId: 'job-1', task, lane: 'batch', worker, deadline: null, memoryMb: 0 } as const;
      const claim = await jobs.claim({ ...request, now: clock.now, leaseMs: LEASE });
      if (claim.kind !== 'claimed') throw new Error(`${task} is ${claim.kind}`);
    },
    async steal(task) {
      const request = { jobId: 'job-1', task, lane: 'batch', deadline: null, memoryMb: 0 } as const;
      const claim = await jobs.claim({
        ...request,
        worker: 'thief',
        now: clock.now + 2 * LEASE,
        leaseMs: -LEASE,
      });
      if (claim.kind !== 'claimed') throw new Error(`${task} is ${claim.kind}`);
    },
    async lease(worker) {
      const { now } = clock;
      const taken = await jobs.batchLeases.take('job-1', { worker, batchJobId: worker, now, leaseMs: LEASE });
      if (taken === undefined) throw new Error('the lease is taken');
    },
  };
  await world.plan('job-1');
  return world;
}

let containers = 0;

/** Heartbeats stay away unless a test asks for them. */
export function container(fields: Partial<BatchHost> = {}): BatchHost {
  containers += 1;
  return {
    jobId: 'job-1',
    worker: `batch-job-${containers}#1`,
    batchJobId: `batch-job-${containers}`,
    leaseMs: LEASE,
    heartbeatMs: 600_000,
    vcpus: 2,
    memoryMb: 1000,
    deadline: null,
    stopMs: 10_000,
    signal: new AbortController().signal,
    ...fields,
  };
}

/** One file that says what it is. */
export async function made({ scratch }: LadderRequest, name: string, text = `made ${name}`): Promise<Made> {
  const file = join(scratch, name);
  await writeFile(file, text);
  return {
    files: [
      {
        name,
        kind: 'rendition',
        path: `${name}.mp4`,
        contentType: 'video/mp4',
        width: 2,
        height: 2,
        durationSeconds: 2,
        codecs: 'avc1.64001f',
        file,
      },
    ],
    warnings: [],
  };
}
