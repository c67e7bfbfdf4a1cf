import type { SQSClient } from '@aws-sdk/client-sqs';
import type { EnvironmentPlace, FunctionSpec } from './environment.ts';
import { watchMemory } from './memory-watch.ts';
import { createPool, type EndedInvocation, HostEvents, type Pool } from './pool.ts';
import { createGroupMeter } from './process-groups.ts';
import { consumeQueue, type QueueConsumer, type QueueSource } from './queue-consumer.ts';

export interface HostedFunction {
  readonly spec: FunctionSpec;
  readonly place: EnvironmentPlace;
  readonly queues: readonly QueueSource[];
  /** Whether one environment is started before the first event. */
  readonly prewarm: boolean;
}

/** Runs functions as Lambda does: events in, one environment per event at a time, limits enforced by a kill. */
export interface Host {
  readonly events: HostEvents;
  /** Process groups of all environments that live. */
  readonly groups: ReadonlySet<number>;
  /** Starts the prewarmed environments, then takes from the queues. Rejects when a function cannot run. */
  start(): Promise<void>;
  invoke(functionName: string, event: unknown): Promise<EndedInvocation>;
  /** Takes no more events, then kills all environments; messages in hand stay in their queues. */
  stop(): Promise<void>;
}

/** @param onError told of what concerns no invocation: a queue that does not answer, a sample that failed */
export function createHost(
  functions: readonly HostedFunction[],
  sqs: SQSClient,
  onError: (error: unknown) => void,
): Host {
  const events = new HostEvents();
  const groups = new Set<number>();
  events.on('environment', ({ pid }) => groups.add(pid));
  events.on('environmentGone', ({ pid }) => groups.delete(pid));
  const hosted = functions.map((fn) => ({ ...fn, pool: createPool(fn.spec, fn.place, events) }));
  const pools = new Map<string, Pool>(hosted.map(({ spec, pool }) => [spec.name, pool]));
  let consumers: readonly QueueConsumer[] = [];
  let endWatch: (() => void) | undefined;

  return {
    events,
    groups,
    async start() {
      endWatch = watchMemory(
        () => hosted.flatMap(({ pool }) => [...pool.busy()]),
        createGroupMeter(),
        onError,
      );
      await Promise.all(hosted.filter(({ prewarm }) => prewarm).map(({ pool }) => pool.prewarm()));
      consumers = hosted.flatMap(({ queues, pool }) =>
        queues.map((source) => consumeQueue(sqs, source, pool, onError)),
      );
    },
    async invoke(functionName, event) {
      const pool = pools.get(functionName);
      if (pool === undefined) throw new Error(`There is no function ${functionName}.`);
      return pool.invoke(event);
    },
    async stop() {
      const stopping = consumers.map((consumer) => consumer.stop());
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      await Promise.all(stopping);
      endWatch?.();
    },
  };
}
