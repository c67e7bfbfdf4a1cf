import os from 'node:os';
import type { Broker } from '../broker.ts';
import type { BatchDeclarations, JobDefinitionDeclaration } from '../declarations/batch.ts';
import { watchMemory } from '../host/memory-watch.ts';
import { createGroupMeter } from '../host/process-groups.ts';
import { type ContainerPlace, startContainer } from './container.ts';
import { type BatchNames, batchNames } from './names.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { startBatchServer } from './server.ts';
import { tellQueues } from './tell-queues.ts';

/** Where the embedded Batch can be reached, and what its parts are called. */
export interface BatchAddresses extends BatchNames {
  readonly endpoint: string;
}

/** AWS Batch on this machine: jobs are processes, and are gone with it. */
export interface Batch extends Omit<Scheduler, 'submit' | 'busy'> {
  readonly addresses: BatchAddresses;
  /** Process groups of all containers that live. */
  groups(): ReadonlySet<number>;
}

export interface BatchOptions {
  readonly declared: BatchDeclarations;
  readonly place: ContainerPlace;
  readonly broker: Pick<Broker, 'sqs' | 'queues'>;
  /** The whole environment of a definition's containers, but for what Batch and the submission add. */
  readonly environmentOf: (
    definition: JobDefinitionDeclaration,
    batch: BatchAddresses,
  ) => Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL; default 30. */
  readonly stopSeconds?: number | undefined;
  /** Between Spot's notice and SIGKILL; default 120. */
  readonly reclaimSeconds?: number | undefined;
  /** Told of what concerns no job: a queue that does not answer, a sample that failed. */
  readonly onError: (error: unknown) => void;
}

const STOP_SECONDS = 30;
const RECLAIM_SECONDS = 120;

export async function startBatch(options: BatchOptions): Promise<Batch> {
  const { declared, place, broker, environmentOf, onError } = options;
  const names = batchNames(declared);
  const { submit, busy, ...scheduler } = createScheduler({
    capacity: os.availableParallelism(),
    stopMs: (options.stopSeconds ?? STOP_SECONDS) * 1000,
    reclaimMs: (options.reclaimSeconds ?? RECLAIM_SECONDS) * 1000,
    clock: Date.now,
    start: (job, attempt) =>
      startContainer(place, {
        ...environments.get(job.definition.id),
        ...job.environment,
        AWS_BATCH_JOB_ID: job.id,
        AWS_BATCH_JOB_ATTEMPT: String(attempt),
        AWS_BATCH_JQ_NAME: job.queue.name,
      }),
  });
  const server = await startBatchServer(declared, names, { ...scheduler, submit, busy });
  const addresses: BatchAddresses = { ...names, endpoint: server.endpoint };
  const environments = new Map(
    declared.jobDefinitions.map((definition) => [definition.id, environmentOf(definition, addresses)]),
  );
  const told = tellQueues(scheduler.events, declared.eventRules, names, broker, onError);
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await server.stop();
    await scheduler.stop();
    endWatch();
    await told();
  };
  const endWatch = watchMemory(busy, createGroupMeter(), onError);
  return {
    ...scheduler,
    addresses,
    groups: () => new Set(busy().keys()),
    stop() {
      ended ??= end();
      return ended;
    },
  };
}
