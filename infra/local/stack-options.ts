import os from 'node:os';
import type { JOB_LANES } from '../../shared/edge/config.ts';
import type { FunctionDeclaration } from './declarations/functions.ts';
import type { EnvironmentOverrides } from './function-environment.ts';

export interface StackOptions {
  /** Directory of all data; made when missing. One stack at a time may use it. */
  readonly home: string;
  /** Of the API; default 0: a free one. */
  readonly port?: number;
  /** Default 10. Fractions are fine. */
  readonly leaseSeconds?: number;
  /** Between two heartbeats of a task; default 1, or a fifth of the lease when that is shorter. */
  readonly heartbeatSeconds?: number;
  /** Between two sweeps; default 60. */
  readonly sweepSeconds?: number;
  /** For which a message in hand stays hidden until its function says otherwise; default: as declared. */
  readonly visibilitySeconds?: number;
  /** Limit of the functions that make outputs or pieces of them; default: as declared. */
  readonly lambdaTimeoutSeconds?: number;
  readonly lambdaMemoryMb?: number;
  /** Where jobs start; default `auto`: as predicted. */
  readonly lane?: (typeof JOB_LANES)[number];
  /** Between SIGTERM and SIGKILL of a container that is to end; default 30. */
  readonly containerStopSeconds?: number;
  /** The same when Spot takes it away; default 120. */
  readonly spotNoticeSeconds?: number;
  /** Values over the declared parameters of `serverless.yml`. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Variables of all functions and the API, over everything else. */
  readonly environment?: EnvironmentOverrides;
  /** Environments of each function that makes outputs or pieces; default: by the cores. Never above the declared limit. */
  readonly workersPerFunction?: number;
  /** Names of the functions that take events; default: all. The queues of the others fill up. */
  readonly functions?: readonly string[];
  /** Default 20, which is the longest. */
  readonly maxWaitSeconds?: number;
}

/** Parameters of the deployment as this stack sets them. */
export function stackParams(options: Partial<StackOptions>): Record<string, string | number | boolean> {
  const leaseSeconds = options.leaseSeconds ?? DEFAULT_LEASE_SECONDS;
  const { lambdaTimeoutSeconds: timeout, lambdaMemoryMb: memory } = options;
  return {
    leaseSeconds,
    heartbeatSeconds: options.heartbeatSeconds ?? Math.min(1, leaseSeconds / 5),
    batchHeartbeatSeconds: options.heartbeatSeconds ?? Math.min(5, leaseSeconds / 5),
    chunkHeartbeatSeconds: options.heartbeatSeconds ?? Math.min(5, leaseSeconds / 5),
    // One waits while every core has one.
    chunkConcurrency: os.availableParallelism() + 1,
    ...(options.lane === undefined ? {} : { lane: options.lane }),
    ...(timeout === undefined
      ? {}
      : {
          renditionTimeout: timeout,
          thumbnailsTimeout: timeout,
          chunkTimeout: timeout,
          joinTimeout: timeout,
        }),
    ...(memory === undefined
      ? {}
      : {
          rendition480pMemory: memory,
          rendition720pMemory: memory,
          rendition1080pMemory: memory,
          thumbnailsMemory: memory,
          chunkMemory: memory,
          joinMemory: memory,
        }),
    ...options.params,
  };
}

export const DEFAULT_LEASE_SECONDS = 10;
export const DEFAULT_SWEEP_SECONDS = 60;

/** A chunk keeps one core busy, an encoder of a rendition several; what else there is, is short. */
export function localConcurrency(fn: FunctionDeclaration, declared: number, workers?: number): number {
  const cores = os.availableParallelism();
  const usual: Readonly<Record<string, number>> = { chunk: cores, join: 2 };
  const most = isWorker(fn) ? (workers ?? usual[fn.name] ?? Math.max(1, Math.floor(cores / 4))) : 2;
  return Math.min(declared, most);
}

/** Whether an environment is started before the first event: on the way of an upload, by the lane that is set. */
export function isPrewarmed(fn: FunctionDeclaration): boolean {
  const { JOB_LANE: setting, LANE: lane } = fn.environment;
  return fn.name === 'dispatch' || (isWorker(fn) && lane === (setting === 'auto' ? 'lambda' : setting));
}

/** Makes outputs, or pieces of them. */
function isWorker(fn: FunctionDeclaration): boolean {
  return 'FFMPEG_PATH' in fn.environment;
}
