import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { parseChunkName } from '../../shared/core/chunks/chunk-names.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { piecePath } from '../../shared/core/hls/paths.ts';
import type { Job, Task } from '../../shared/core/job.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import type { TaskMessage } from '../../shared/core/messages.ts';
import { NotYet } from '../../shared/core/not-yet.ts';
import { planChunkTasks, planTasks } from '../../shared/core/plan-tasks.ts';
import type { Make } from '../../shared/core/ports/work.ts';
import { runChunk } from '../../shared/tasks/chunks/run-chunk.ts';
import { runJoin } from '../../shared/tasks/chunks/run-join.ts';
import { publishPlanned } from '../../shared/tasks/dispatch.ts';
import type { TaskHost } from '../../shared/tasks/task-host.ts';
import { header, PLAN, PROBE } from '../fixtures/jobs.ts';
import type { Dynalite } from './dynalite.ts';
import { host, makeText, type PipelinePorts, pipelinePorts } from './pipeline-ports.ts';

export const LEASE = 120_000;
export const WINDOW = 2;

/** Five chunks of 6 s, the last half as long again, and one piece of sound. */
export const CHUNKS: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 1,
  chunks: 5,
  declaredFrames: 792,
  audio: { copy: false, packetsPerPiece: 2000, pieces: 1 },
};
/** As they are rung for: what comes last is the longest but for the first and the sound. */
export const ORDER = [
  'chunk-00000',
  'audio-00000',
  'chunk-00004',
  'chunk-00001',
  'chunk-00002',
  'chunk-00003',
];
export const JOINS = ['480p', '720p', 'thumbnails'];

/** Jobs of chunks and those who make them, over a real table and real files. */
export interface ChunkedWorld extends Omit<PipelinePorts, 'close'> {
  readonly jobs: JobStore;
  readonly table: string;
  /** Records a job as dispatch does, and rings for what it begins with. */
  plan(jobId: string, chunks?: ChunkPlan): Promise<void>;
  job(jobId?: string): Promise<Job>;
  task(name: string, jobId?: string): Promise<Task>;
  /** Has a doorbell answered. */
  answer(message: TaskMessage, options?: AnswerOptions): Promise<void>;
  /** Has all doorbells of functions answered that there are, and those that come of it. */
  answerAll(options?: AnswerOptions): Promise<TaskMessage[]>;
  close(): Promise<void>;
}

export interface AnswerOptions {
  readonly chunk?: Make;
  readonly join?: Make;
  readonly host?: Partial<TaskHost>;
  readonly ports?: Partial<PipelinePorts['ports']>;
}

export const bell = (task: string, jobId = 'job-1', lane: 'chunked' | 'batch' = 'chunked'): TaskMessage => ({
  jobId,
  task,
  lane,
});

let tables = 0;

export async function chunkedWorld(dynalite: Dynalite): Promise<ChunkedWorld> {
  tables += 1;
  const table = `chunked-${tables}`;
  const jobs = await dynalite.createStore(table);
  const pipeline = await pipelinePorts(jobs);
  const { clock, doorbells } = pipeline;

  const world: ChunkedWorld = {
    ...pipeline,
    jobs,
    table,
    async plan(id, chunks = CHUNKS) {
      const plan = { ...PLAN, chunks };
      await jobs.recordJob(header({ id, source: await pipeline.upload(`${id}.mp4`) }));
      const tasks = [
        ...planTasks(plan, DEFAULT_PROFILE.rungs, 'chunked', clock.now),
        ...planChunkTasks(plan, clock.now),
      ];
      const planned = { probe: PROBE, plan, lane: 'chunked', laneReason: 'It is long.' } as const;
      await jobs.recordPlan(id, planned, tasks, clock.now);
      await publishPlanned(pipeline.ports, id, WINDOW);
    },
    async job(id = 'job-1') {
      const job = await jobs.read(id);
      if (job === undefined) throw new Error(`no job ${id}`);
      return job;
    },
    async task(name, id) {
      const { tasks, chunks } = await world.job(id);
      const found = [...tasks, ...chunks].find((task) => task.name === name);
      if (found === undefined) throw new Error(`no task ${name}`);
      return found;
    },
    async answer(message, { chunk = makePiece(), join: put = makeJoined(), host: fields, ports } = {}) {
      const at = host({ lane: 'chunked', heartbeatMs: 1000, handOver: { reserveMs: 30_000 }, ...fields });
      const all = { ...pipeline.ports, ...ports };
      if (parseChunkName(message.task) === null) return runJoin(all, message, put, at);
      return runChunk(all, message, chunk, { ...at, taskNames: ['chunk-', 'audio-'], window: WINDOW });
    },
    async answerAll(options) {
      const answered: TaskMessage[] = [];
      for (;;) {
        const next = doorbells.findIndex((message) => message.lane === 'chunked');
        if (next < 0) return answered;
        for (const message of doorbells.splice(next, 1)) {
          await world.answer(message, options);
          answered.push(message);
        }
      }
    },
  };
  await world.plan('job-1');
  return world;
}

/** Makes one media file of a chunk that says what it is. */
export function makePiece(text = 'made'): Make {
  return async ({ task, scratch, onProgress }) => {
    const index = parseChunkName(task.name)?.index ?? 0;
    const track = task.name.startsWith('audio') ? 'audio' : '480p';
    const file = join(scratch, 'piece');
    await writeFile(file, `${text} ${task.name}\n`);
    onProgress(0.5);
    const facts = {
      contentType: 'video/mp4',
      codecs: 'avc1.64001f',
      config: 'same',
      headerBytes: 1,
      mediaOffset: 2,
    };
    const media = [
      { ...facts, track, path: piecePath(track, index), timescale: 24_000, start: 0, segments: [], file },
    ];
    return { files: [], media, warnings: [] };
  };
}

/** Puts one file together that names all chunks, once they are there. */
export function makeJoined(): Make {
  return async (context) => {
    const made = context.chunks.filter((chunk) => chunk.state === 'succeeded');
    if (made.length < context.chunks.length) throw new NotYet('Some chunks are missing.', made.length);
    const paths = made.flatMap((chunk) => chunk.media.map(({ path }) => path));
    return makeText(context.task.name, paths.join('\n'))(context);
  };
}
