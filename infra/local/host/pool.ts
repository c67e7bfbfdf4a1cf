import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type Environment,
  type EnvironmentPlace,
  type FunctionSpec,
  type InvocationEnd,
  startEnvironment,
} from './environment.ts';

export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  /** Process id and process group of the environment. */
  readonly pid: number;
  readonly event: unknown;
}

export interface EndedInvocation extends Invocation {
  readonly end: InvocationEnd;
  /** Milliseconds from hand-over to answer or death, rounded up. */
  readonly billedMs: number;
  /** Highest sample of the whole process group, megabytes; 0 when it was too short to be sampled. */
  readonly maxMemoryMb: number;
}

/** What happens in the host, for tests and reports. */
export class HostEvents extends EventEmitter<{
  environment: [{ readonly functionName: string; readonly pid: number }];
  environmentGone: [{ readonly functionName: string; readonly pid: number }];
  started: [Invocation];
  ended: [EndedInvocation];
}> {}

/** The environments of one function. */
export interface Pool {
  readonly spec: FunctionSpec;
  /** Starts one environment and waits until it has imported its bundle. */
  prewarm(): Promise<void>;
  /** Runs in an idle environment, or in a new one. Throws when no environment can be started. */
  invoke(event: unknown): Promise<EndedInvocation>;
  /** Environments with an event in hand, by process group. */
  busy(): ReadonlyMap<number, BusyEnvironment>;
  stop(): Promise<void>;
}

export interface BusyEnvironment {
  readonly limitMb: number;
  readonly note: (usedMb: number) => void;
  readonly kill: () => Promise<void>;
}

/** Keeps every environment for reuse until {@link Pool.stop}; the caller bounds how many run at once. */
export function createPool(spec: FunctionSpec, place: EnvironmentPlace, events: HostEvents): Pool {
  const all = new Set<Environment>();
  const idle: Environment[] = [];
  const busy = new Map<number, BusyEnvironment>();
  let stopped = false;

  const start = (): Environment => {
    if (stopped) throw new Error(`Function ${spec.name} is stopped.`);
    const environment = startEnvironment(spec, place);
    const who = { functionName: spec.name, pid: environment.pid };
    all.add(environment);
    events.emit('environment', who);
    void environment.gone.then(() => {
      all.delete(environment);
      events.emit('environmentGone', who);
    });
    return environment;
  };

  const takeIdle = (): Environment | undefined => {
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) if (next.alive) return next;
    return undefined;
  };

  return {
    spec,
    busy: () => busy,
    async prewarm() {
      const environment = start();
      await environment.ready;
      idle.push(environment);
    },
    async invoke(event) {
      const environment = takeIdle() ?? start();
      await environment.ready;
      const invocation = { functionName: spec.name, requestId: randomUUID(), pid: environment.pid, event };
      let maxMemoryMb = 0;
      busy.set(environment.pid, {
        limitMb: spec.memoryMb,
        note: (usedMb) => {
          maxMemoryMb = Math.max(maxMemoryMb, usedMb);
        },
        kill: () => environment.kill('memory'),
      });
      const startedAt = performance.now();
      const ended = environment.invoke(event, invocation.requestId);
      events.emit('started', invocation);
      const end = await ended;
      busy.delete(environment.pid);
      if (environment.alive) idle.push(environment);
      const result = { ...invocation, end, billedMs: Math.ceil(performance.now() - startedAt), maxMemoryMb };
      events.emit('ended', result);
      return result;
    },
    async stop() {
      stopped = true;
      await Promise.all([...all].map((environment) => environment.kill('stopped')));
    },
  };
}
