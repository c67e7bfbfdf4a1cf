import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { measureMemory } from '../../shared/adapters/measure-memory.ts';
import { createImages } from '../../shared/adapters/sharp-images.ts';
import { WORKER_EXIT } from '../../shared/core/batch-run.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { createLogger } from '../../shared/edge/logger.ts';
import { type BatchJobEnd, runBatchJob } from '../../shared/tasks/batch/run-batch-job.ts';
import { encodeLadder } from '../../shared/tasks/ladder/encode-ladder.ts';
import { encodeRanges } from '../../shared/tasks/ladder/encode-ranges.ts';
import { encodeWhole } from '../../shared/tasks/ladder/encode-whole.ts';
import { makeLadder } from '../../shared/tasks/ladder/make-ladder.ts';
import { passLadder } from '../../shared/tasks/ladder/pass-ladder.ts';
import { createJobPorts } from '../job-ports.ts';
import { createMediaTools } from '../media-tools.ts';
import { readSettings } from './read-settings.ts';

const NAME = 'batch-worker';
const EXIT_CODES: Readonly<Record<BatchJobEnd, number>> = {
  done: WORKER_EXIT.done,
  taken: WORKER_EXIT.done,
  terminated: WORKER_EXIT.terminated,
};
/** Batch kills 30 s after SIGTERM. */
const STOP_MS = 18_000;
const LAST_MS = 20_000;

const startedAt = performance.timeOrigin;
const log = createLogger('info', { function: NAME });
const stop = new AbortController();

process.on('SIGTERM', () => {
  stop.abort(new Error('The container is told to end.'));
  setTimeout(() => process.exit(WORKER_EXIT.terminated), LAST_MS).unref();
});
process.on('uncaughtException', (err) => {
  log.error({ err }, 'container failed');
  process.exit(WORKER_EXIT.retry);
});

const settings = await readSettings(() => readConfig(process.env)).catch((err: unknown) => {
  log.error({ err }, 'container has a wrong setting');
  process.exit(WORKER_EXIT.misconfigured);
});
const { config, jobId, programs, batchJobId, attempt } = settings;
const ports = await createJobPorts(config, NAME);
process.on('exit', () => rmSync(ports.lastingScratch, { recursive: true, force: true }));
// One process may keep every processor busy for as long as an attempt may take.
const maxCpuSeconds = config.batch.timeoutSeconds * Math.max(1, config.batch.vcpus);
const tools = createMediaTools(programs, config.limits, ports.lastingScratch, maxCpuSeconds);
const whole = encodeWhole(tools.ffmpeg);
const encode = passLadder(tools.ffmpeg, {
  whole,
  ladder: encodeLadder({ whole, ranges: encodeRanges(tools.ffmpeg) }),
});
const make = makeLadder({ ...tools, images: createImages(), outputs: ports.outputs, encode });

const end = await runBatchJob(
  {
    ...ports,
    leases: ports.jobs.batchLeases,
    runs: ports.jobs.batchRuns,
    openMedia: tools.openMedia,
    measureMemory,
  },
  // What is paid for may be more than is there, on one machine.
  (request) => make({ ...request, vcpus: Math.min(request.vcpus, availableParallelism()) }),
  {
    jobId,
    worker: `${batchJobId}#${attempt}`,
    batchJobId,
    leaseMs: config.leaseSeconds * 1000,
    heartbeatMs: config.batch.heartbeatSeconds * 1000,
    vcpus: config.batch.vcpus,
    memoryMb: config.batch.memoryMb,
    deadline: startedAt + config.batch.timeoutSeconds * 1000,
    stopMs: STOP_MS,
    signal: stop.signal,
  },
);
ports.log.info({ jobId, worker: `${batchJobId}#${attempt}`, end }, 'container ended');
process.exit(EXIT_CODES[end]);
