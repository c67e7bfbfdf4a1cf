import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { StartError } from '../start-error.ts';
import { emptyGroup, killGroup } from './process-groups.ts';
import { EnvironmentMessage, type InvokeRequest, type Thrown } from './protocol.ts';

/** One deployed function as the host runs it. */
export interface FunctionSpec {
  readonly name: string;
  /** Absolute path of the bundled handler. */
  readonly bundle: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** The whole environment of the process; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

export type KillReason = 'timeout' | 'memory' | 'stopped';

export type InvocationEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: Thrown }
  | { readonly kind: 'killed'; readonly reason: KillReason }
  /** The process ended by itself, or somebody else killed it. */
  | { readonly kind: 'crashed'; readonly exitCode: number | null; readonly signal: string | null };

/** One process that handles one event at a time. */
export interface Environment {
  /** Process id, and id of the process group that ffmpeg is in too. */
  readonly pid: number;
  /** The bundle is imported; rejects when that fails. */
  readonly ready: Promise<void>;
  /** Resolves once the process has exited and its group is empty. */
  readonly gone: Promise<void>;
  readonly alive: boolean;
  invoke(event: unknown, requestId?: string): Promise<InvocationEnd>;
  kill(reason: KillReason): Promise<void>;
}

export interface EnvironmentPlace {
  /** Absolute path of the bundled runtime. */
  readonly runtime: string;
  /** Told on the command line, so that leftovers can be recognized. */
  readonly home: string;
  /** Where standard output and error go: a file descriptor open for appending. */
  readonly log: number;
}

/** Starts a process in a group of its own; a kill reaches everything it has started. */
export function startEnvironment(spec: FunctionSpec, place: EnvironmentPlace): Environment {
  const child = spawn(process.execPath, [place.runtime, spec.bundle, place.home], {
    detached: true,
    stdio: ['ignore', place.log, place.log, 'ipc'],
    env: { ...spec.environment },
  });
  const pid = pidOf(child, spec.name);
  let killedFor: KillReason | undefined;
  let answer: { readonly requestId: string; readonly give: (end: InvocationEnd) => void } | undefined;

  const finish = (requestId: string, end: InvocationEnd): void => {
    if (answer?.requestId === requestId) answer.give(end);
  };

  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (raw) => {
      const message = EnvironmentMessage.parse(raw);
      if (message.type === 'ready') resolve();
      else if (message.type === 'unusable') reject(unusable(spec.name, message.error.message));
      else if (message.type === 'returned')
        finish(message.requestId, { kind: 'returned', value: message.value });
      else finish(message.requestId, { kind: 'threw', error: message.error });
    });
    child.once('exit', () => reject(unusable(spec.name, 'its process ended')));
  });
  // Whoever waits is told; a process that dies idle is told by `gone`.
  ready.catch(() => undefined);

  const over = new Promise<InvocationEnd>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve(
        killedFor === undefined
          ? { kind: 'crashed', exitCode, signal }
          : { kind: 'killed', reason: killedFor },
      );
    });
  }).then(async (end) => {
    await emptyGroup(pid);
    return end;
  });

  const kill = async (reason: KillReason): Promise<void> => {
    killedFor ??= reason;
    killGroup(pid);
    await over;
  };

  return {
    pid,
    ready,
    gone: over.then(() => undefined),
    get alive() {
      return child.exitCode === null && child.signalCode === null && killedFor === undefined;
    },
    kill,
    async invoke(event, requestId = randomUUID()) {
      const limitMs = spec.timeoutSeconds * 1000;
      const answered = new Promise<InvocationEnd>((give) => {
        answer = { requestId, give };
      });
      const request: InvokeRequest = {
        requestId,
        event,
        functionName: spec.name,
        memoryMb: spec.memoryMb,
        deadline: Date.now() + limitMs,
      };
      // A failed send means that the process is gone, and that ends the invocation by itself.
      child.send(request, () => undefined);
      const timer = setTimeout(() => kill('timeout'), limitMs);
      const end = await Promise.race([answered, over]);
      clearTimeout(timer);
      return end;
    },
  };
}

function pidOf(child: ChildProcess, name: string): number {
  if (child.pid === undefined) throw unusable(name, 'its process could not be started');
  return child.pid;
}

function unusable(name: string, why: string): Error {
  return new StartError(`Function ${name} cannot run: ${why.replace(/\.$/, '')}.`);
}
