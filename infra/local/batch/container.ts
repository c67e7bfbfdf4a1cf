import { spawn } from 'node:child_process';
import os from 'node:os';
import { emptyGroup, killGroup } from '../host/process-groups.ts';
import type { AttemptEnd } from './retry-rules.ts';

export interface ContainerPlace {
  /** Absolute path of the bundled runtime. */
  readonly runtime: string;
  /** Absolute path of the bundled worker. */
  readonly worker: string;
  /** Told on the command line, so that leftovers can be recognized. */
  readonly home: string;
  /** Where standard output and error go: a file descriptor open for appending. */
  readonly log: number;
}

/** A process that stands for a Fargate container. */
export interface Container {
  /** Process id, and id of the process group that ffmpeg is in too; null when it could not be started. */
  readonly pid: number | null;
  /** Resolves once the process has exited and its group is empty. */
  readonly ended: Promise<AttemptEnd>;
  /** SIGTERM to the process, and after `graceMs` SIGKILL to the group; `statusReason` tells why. The first call counts. */
  stop(statusReason: string, graceMs: number): void;
  /** SIGKILL to the group; for `memory` when it used more than it has. */
  kill(why: 'memory' | 'stopped'): Promise<void>;
}

/** https://docs.aws.amazon.com/batch/latest/userguide/job_states.html: what Batch says of a container that ended by itself. */
const EXITED = 'Essential container in task exited';
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** Starts a process in a group of its own; nothing of this process's environment is inherited. */
export function startContainer(
  place: ContainerPlace,
  environment: Readonly<Record<string, string>>,
): Container {
  const child = spawn(process.execPath, [place.runtime, place.worker, place.home], {
    detached: true,
    stdio: ['ignore', place.log, place.log, 'ipc'],
    env: { ...environment },
  });
  const { pid } = child;
  if (pid === undefined) return neverStarted(new Promise((resolve) => child.once('error', resolve)));
  let stopReason: string | null = null;
  let isOverMemory = false;
  let timer: NodeJS.Timeout | undefined;

  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  }).then(async (exitCode): Promise<AttemptEnd> => {
    // With its first process a container's others end too.
    await emptyGroup(pid);
    const reason = isOverMemory && exitCode !== 0 ? OUT_OF_MEMORY : null;
    return { exitCode, reason, statusReason: stopReason ?? EXITED };
  });

  return {
    pid,
    ended,
    stop(statusReason, graceMs) {
      if (stopReason !== null) return;
      stopReason = statusReason;
      child.kill('SIGTERM');
      timer = setTimeout(() => killGroup(pid), graceMs);
    },
    async kill(why) {
      isOverMemory ||= why === 'memory';
      killGroup(pid);
      await ended;
    },
  };
}

function neverStarted(failure: Promise<Error>): Container {
  return {
    pid: null,
    ended: failure.then(({ message }) => ({
      exitCode: null,
      reason: `CannotStartContainerError: ${message}`,
      statusReason: 'Task failed to start',
    })),
    stop: () => undefined,
    kill: async () => undefined,
  };
}
