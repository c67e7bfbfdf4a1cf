import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile } from '../../shared/adapters/digest-file.ts';
import type { JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { createScratchSpace } from '../../shared/adapters/scratch.ts';
import { MillraceError } from '../../shared/core/errors.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import type { JobEndedEvent, TaskMessage, UploadNotice } from '../../shared/core/messages.ts';
import type { MessageLease } from '../../shared/core/ports/messaging.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import type { Make } from '../../shared/core/ports/work.ts';
import type { Probe } from '../../shared/core/probe.ts';
import type { SubmitBatchPorts } from '../../shared/tasks/batch/submit-batch.ts';
import type { RunChunkPorts } from '../../shared/tasks/chunks/run-chunk.ts';
import type { RunJoinPorts } from '../../shared/tasks/chunks/run-join.ts';
import type { DeadLetterPorts } from '../../shared/tasks/dead-letters.ts';
import type { DispatchPorts, DispatchSettings } from '../../shared/tasks/dispatch.ts';
import type { SweepPorts } from '../../shared/tasks/sweep.ts';
import type { TaskHost } from '../../shared/tasks/task-host.ts';
import { NOTICE, NOW, PROBE } from '../fixtures/jobs.ts';
import { type RecordedContainers, recordedContainers } from './recorded-containers.ts';
import { type LogEntry, recordingLog } from './recording-log.ts';

/** A clock that moves when a test says so. */
export interface TestClock {
  now: number;
}

/** Everything that the use cases see, over a real store and real files; media and messages are recorded. */
export interface PipelinePorts {
  readonly ports: DispatchPorts &
    RunChunkPorts &
    RunJoinPorts &
    DeadLetterPorts &
    SweepPorts &
    SubmitBatchPorts;
  readonly clock: TestClock;
  readonly outputs: ObjectStore;
  /** What was sent, in order. */
  readonly doorbells: TaskMessage[];
  readonly events: JobEndedEvent[];
  readonly notices: UploadNotice[];
  readonly containers: RecordedContainers;
  /** Seconds for which messages were hidden. */
  readonly extensions: number[];
  readonly log: readonly LogEntry[];
  readonly scratchRoot: string;
  /** Puts a source file and answers its upload notice. */
  upload(key: string, content?: string): Promise<UploadNotice>;
  /** What the next probes find: a probe, or an error to throw. */
  probes: Probe | Error;
  /** What the next looks for keyframes find. */
  keyframes: readonly number[] | null;
  close(): Promise<void>;
}

export async function pipelinePorts(jobs: JobStore): Promise<PipelinePorts> {
  const root = await mkdtemp(join(tmpdir(), 'pipeline-'));
  await Promise.all(['uploads', 'outputs'].map((bucket) => mkdir(join(root, bucket))));
  const scratchRoot = join(root, 'scratch');
  const scratch = await createScratchSpace(scratchRoot);
  await rm(scratch.lasting, { recursive: true });
  const { log, entries } = recordingLog();
  const clock: TestClock = { now: NOW };
  const sources = createFileStore(root, 'uploads');
  const outputs = createFileStore(root, 'outputs');
  let sequence = 0;

  const recorded: PipelinePorts = {
    clock,
    outputs,
    doorbells: [],
    events: [],
    notices: [],
    containers: recordedContainers(),
    extensions: [],
    log: entries,
    scratchRoot,
    probes: PROBE,
    keyframes: [0, 0, 0],
    async upload(key, content = 'video') {
      await writeFile(join(root, 'uploads', key), content);
      const info = await sources.head(key);
      if (info === undefined) throw new Error(`no object ${key}`);
      sequence += 1;
      const sequencer = sequence.toString(16).padStart(8, '0').padEnd(16, '1');
      return { ...NOTICE, key, size: info.size, etag: info.etag, sequencer };
    },
    close: () => rm(root, { recursive: true, force: true }),
    ports: {
      jobs,
      runs: jobs.batchRuns,
      get containers() {
        return recorded.containers;
      },
      work: jobs,
      sources,
      outputs,
      openMedia: async (object) => {
        const path = await object.store.localPath(object.key, object.pin);
        return {
          input: { url: `file:${path}`, protocols: 'file' },
          failure: async () =>
            (await object.store.head(object.key, object.pin)) === undefined
              ? new MillraceError('input.missing', 'The uploaded file is gone.')
              : undefined,
          close: async () => undefined,
        };
      },
      probe: {
        async probe() {
          if (recorded.probes instanceof Error) throw recorded.probes;
          return recorded.probes;
        },
        inspect: () => Promise.reject(new Error('nothing is inspected here')),
      },
      keyframes: async () => recorded.keyframes,
      tasks: { publish: async (message) => void recorded.doorbells.push(message) },
      events: { publish: async (event) => void recorded.events.push(event) },
      uploads: { notify: async (notice) => void recorded.notices.push(notice) },
      message: messageLease((seconds) => recorded.extensions.push(seconds)),
      openScratch: scratch.open,
      digestFile,
      measureMemory: async () => 100,
      freeSpace: async () => 100_000,
      clock: () => clock.now,
      newId: () => crypto.randomUUID(),
      log,
    },
  };
  return recorded;
}

function messageLease(extended: (seconds: number) => void): MessageLease {
  return { extend: async (seconds) => extended(seconds) };
}

export const SETTINGS: DispatchSettings = {
  profile: DEFAULT_PROFILE,
  profileHash: 'profile-1',
  maxSourceBytes: 1000,
  lane: 'lambda',
  jobLane: 'auto',
  limits: {
    functions: { timeoutSeconds: 900, memoryMb: 3008, scratchMb: 4096 },
    chunks: {
      timeoutSeconds: 900,
      memoryMb: 1769,
      scratchMb: 1024,
      gopsPerSegment: 3,
      segmentsPerChunk: null,
    },
    container: { vcpus: 4, timeoutSeconds: 43_200, memoryMb: 8192, scratchMb: 200_000 },
  },
  chunkWindow: 2,
};

/** What containers have, and how long leases of tasks last. */
export const CONTAINERS = {
  timeoutSeconds: 43_200,
  memoryMb: 8192,
  startMs: 600_000,
  leaseMs: 120_000,
  silenceMs: 2_000,
  chunkSilenceMs: 2_000,
} as const;

/** A worker of every task; heartbeats come quickly, so that tests wait for few milliseconds. */
export function host(fields: Partial<TaskHost> = {}): TaskHost {
  return {
    worker: crypto.randomUUID(),
    lane: 'lambda',
    taskNames: ['480p', '720p', '1080p', 'thumbnails'],
    leaseMs: 120_000,
    heartbeatMs: 5,
    memoryMb: 1000,
    deadline: null,
    handOver: null,
    ...fields,
  };
}

/** Makes one file with the given text per task. */
export function makeText(name: string, text = `made ${name}`): Make {
  return async ({ scratch, onProgress }) => {
    const file = join(scratch, 'out');
    await writeFile(file, text);
    onProgress(0.5);
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
  };
}
