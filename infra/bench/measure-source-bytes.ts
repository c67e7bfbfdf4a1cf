import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { createKeyframeLook } from '../../shared/adapters/look-for-keyframes.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { startRangeServer } from '../../shared/adapters/range-server.ts';
import { parseChunkName } from '../../shared/core/chunks/chunk-names.ts';
import { chunkNames } from '../../shared/core/chunks/chunk-order.ts';
import type { Source } from '../../shared/core/job.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import { planChunkTasks } from '../../shared/core/plan-tasks.ts';
import type { OpenMedia } from '../../shared/core/ports/media.ts';
import type { MakeContext } from '../../shared/core/ports/work.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { cutJob } from '../../shared/tasks/chunks/cut-job.ts';
import { makeAudioPiece } from '../../shared/tasks/chunks/make-audio-piece.ts';
import { makeChunk } from '../../shared/tasks/chunks/make-chunk.ts';
import { readMedia } from '../../shared/tasks/read-media.ts';
import { makeLoop } from './media.ts';
import { type Row, row } from './row.ts';

/** Two and a half minutes. */
const LOOPS = 5;
/** What is read does not depend on what is made of it. */
const PROFILE = {
  ...DEFAULT_PROFILE,
  rungs: DEFAULT_PROFILE.rungs.slice(0, 1),
  preset: 'ultrafast' as const,
};
const BUCKET = 'uploads';
const KEY = 'loop.mp4';
const LIMITS = { maxPixels: 40_000_000, maxSeconds: 21_600 };

/** Bytes that the chunks of a job ask of an object store that can only be read by ranges, against the source's size. */
export async function measureSourceBytes(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-source-bytes-'));
  try {
    await mkdir(path.join(directory, BUCKET));
    await makeLoop(path.join(directory, BUCKET, KEY), LOOPS);
    const tools = await openTools(directory);
    const job = await planLoop(tools);
    const read = { picture: 0, audio: 0 };
    for (const name of chunkNames(job.chunks)) {
      const before = tools.bytes();
      await makePiece(tools, job, name, path.join(directory, 'scratch', name));
      const spent = tools.bytes() - before;
      read[parseChunkName(name)?.kind ?? 'picture'] += spent;
      process.stderr.write(`  ${name}: ${(spent / 1e6).toFixed(1)} MB\n`);
    }
    const { size } = job.source;
    return [
      row('source bytes read by all chunks / its size', 'x', [(read.picture + read.audio) / size], {
        op: '<=',
        limit: 1.4,
      }),
      row('of them for the picture', 'x', [read.picture / size]),
      row('of them for the sound', 'x', [read.audio / size]),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type Tools = Awaited<ReturnType<typeof openTools>>;

async function openTools(root: string) {
  const { ffmpeg, ffprobe } = await findMediaBinaries({});
  let bytes = 0;
  const openMedia: OpenMedia = async (object) => {
    const server = await startRangeServer(object);
    return {
      input: { url: server.url, protocols: 'http,tcp' },
      failure: () => Promise.resolve(server.failure()),
      async close() {
        await server.close();
        bytes += server.bytesRead();
      },
    };
  };
  return {
    openMedia,
    sources: createFileStore(root, BUCKET),
    ffmpeg: createFfmpeg({ program: ffmpeg }),
    probe: createFfprobe({ program: ffprobe, limits: LIMITS }),
    keyframes: createKeyframeLook(ffprobe),
    vcpus: os.availableParallelism(),
    bytes: () => bytes,
  };
}

interface LoopJob {
  readonly source: Source;
  readonly probe: Probe;
  readonly plan: Plan;
  readonly chunks: NonNullable<Plan['chunks']>;
}

/** As dispatch would plan it. */
async function planLoop(tools: Tools): Promise<LoopJob> {
  const facts = await tools.sources.head(KEY);
  if (facts === undefined) throw new Error('The clip is not in the store.');
  const { size, etag } = facts;
  const source: Source = { bucket: BUCKET, key: KEY, size, etag, versionId: null, sequencer: '00' };
  const object = { store: tools.sources, key: KEY, pin: { etag, versionId: null }, size };
  const probe = await readMedia(tools.openMedia, object, (input) => tools.probe.probe(input));
  const planned = planJob(probe, PROFILE, 'bench');
  const lengths = { gopsPerSegment: PROFILE.gopsPerSegment, segmentsPerChunk: null };
  const chunks = await cutJob(tools, lengths, source, probe, planned);
  return { source, probe, plan: { ...planned, chunks }, chunks };
}

async function makePiece(
  tools: Tools,
  { source, probe, plan }: LoopJob,
  name: string,
  scratch: string,
): Promise<void> {
  const task = planChunkTasks(plan, Date.now()).find((each) => each.name === name);
  if (task === undefined) throw new Error(`no task ${name}`);
  await mkdir(scratch, { recursive: true });
  const make = parseChunkName(name)?.kind === 'audio' ? makeAudioPiece(tools) : makeChunk(tools);
  const { size, etag } = source;
  const object = { store: tools.sources, key: KEY, pin: { etag, versionId: null }, size };
  const context: Omit<MakeContext, 'input'> = {
    ...{ jobId: 'bench', source, probe, plan, task, scratch, chunks: [], committed: [] },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    commitEarly: () => Promise.resolve(),
    noteUpload: () => Promise.resolve(),
  };
  await readMedia(tools.openMedia, object, (input) => make({ ...context, input }));
  await rm(scratch, { recursive: true, force: true });
}
