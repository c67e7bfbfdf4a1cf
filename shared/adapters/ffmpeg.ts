import { access, constants } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import createCommand from 'fluent-ffmpeg';
import { encodeFailure, type FfmpegExit } from '../core/encode-failure.ts';
import { MillraceError } from '../core/errors.ts';
import type { Ffmpeg, FfmpegResult, FfmpegRun } from '../core/ports/media.ts';
import { createFfmpegLog } from './ffmpeg-log.ts';

export interface FfmpegSettings {
  /** Absolute path of ffmpeg. */
  readonly program: string;
  /** Processor seconds one run may use; default 24 hours. */
  readonly maxCpuSeconds?: number;
  /** Milliseconds between SIGTERM and SIGKILL when a run is aborted; default 1000. */
  readonly killAfterMs?: number;
}

/** How the shell starts ffmpeg. */
interface Launch {
  readonly args: readonly string[];
  readonly cpuSeconds: number;
  readonly killAfterMs: number;
}

type Answer<T> = (error: null, answer: T) => void;

const SHELL = '/bin/sh';
const DEFAULT_CPU_SECONDS = 86_400;
const DEFAULT_KILL_AFTER_MS = 1000;
const CPU_GRACE_SECONDS = 5;

/**
 * ffmpeg through fluent-ffmpeg, which starts, pipes and ends the process; its progress event and its ffprobe, which
 * would read the file without the safe flags, are never used.
 *
 * The library's child inherits the whole environment, so a shell drops it and sets the limits, then turns into
 * ffmpeg: one process, one id, and signals reach it.
 */
export function createFfmpeg(settings: FfmpegSettings): Ffmpeg {
  const cpuSeconds = Math.ceil(settings.maxCpuSeconds ?? DEFAULT_CPU_SECONDS);
  const launcher = [
    'ulimit -c 0',
    // At the soft limit comes SIGXCPU, which tells what happened; at the hard one SIGKILL.
    `ulimit -S -t ${cpuSeconds}`,
    `ulimit -H -t ${cpuSeconds + CPU_GRACE_SECONDS}`,
    'exec /usr/bin/env -i GCONV_PATH=/nonexistent "$0" "$@"',
  ].join(' && ');

  return {
    async run(run) {
      // A program that cannot be run would end this process with an uncaught error.
      await access(settings.program, constants.X_OK).catch((cause: unknown) => {
        throw new MillraceError('infrastructure', 'The encoder is not installed or cannot be run.', {
          cause,
        });
      });
      run.signal?.throwIfAborted();
      return execute(run, {
        args: ['-c', launcher, settings.program],
        cpuSeconds,
        killAfterMs: settings.killAfterMs ?? DEFAULT_KILL_AFTER_MS,
      });
    },
  };
}

function execute(run: FfmpegRun, launch: Launch): Promise<FfmpegResult> {
  const at = run.args.indexOf('-i');
  const source = run.args[at + 1];
  const target = run.args.at(-1);
  if (at === -1 || source === undefined || target === undefined) {
    throw new TypeError('ffmpeg arguments need an input and an output.');
  }
  const log = createFfmpegLog();
  const command = createCommand({ stdoutLines: 1 });
  command.setFfmpegPath(SHELL);
  // The library would start ffmpeg twice more to ask what it can do; ffmpeg itself says so when it cannot.
  Object.assign(command, {
    availableFormats: (answer: Answer<createCommand.Formats>) => answer(null, namedFormats(run.args)),
    availableEncoders: (answer: Answer<createCommand.Encoders>) => answer(null, {}),
  });
  command.input(source).inputOptions(...launch.args, ...run.args.slice(0, at));
  command.output(target).outputOptions(...run.args.slice(at + 2, -1));

  const startedAt = performance.now();
  const cpuSpent = () =>
    ((performance.now() - startedAt) / 1000) * availableParallelism() >= launch.cpuSeconds;

  return new Promise<FfmpegResult>((resolve, reject) => {
    let started = false;
    let cancelled = false;
    let killTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      cancelled = true;
      // Before the start there is nothing to signal; the start handler looks again.
      if (!started || killTimer) return;
      command.kill('SIGTERM');
      killTimer = setTimeout(() => command.kill('SIGKILL'), launch.killAfterMs);
    };
    const settle = (finish: () => void) => {
      clearTimeout(killTimer);
      run.signal?.removeEventListener('abort', stop);
      if (cancelled) reject(run.signal?.reason);
      else finish();
    };
    command.on('start', () => {
      started = true;
      if (cancelled) stop();
    });
    command.on('stderr', (line: string) => {
      if (log.take(line)) run.onProgress?.(log.progress());
    });
    command.on('end', () => settle(() => resolve(log.result())));
    command.on('error', (error: Error) =>
      settle(() => reject(encodeFailure({ ...exitOf(error), cpuSpent: cpuSpent() }, log.tail()))),
    );
    run.signal?.addEventListener('abort', stop, { once: true });
    command.run();
  });
}

/** What the library's check wants to see for each `-f`. */
function namedFormats(args: readonly string[]): createCommand.Formats {
  const names = args.filter((_arg, index) => args[index - 1] === '-f');
  return Object.fromEntries(names.map((name) => [name, { description: name, canDemux: true, canMux: true }]));
}

/** The library tells how the process ended only in its message, in two fixed forms. */
function exitOf(error: Error): Omit<FfmpegExit, 'cpuSpent'> {
  const signal = error.message.match(/was killed with signal (SIG\w+)/)?.[1] ?? null;
  const exitCode = error.message.match(/exited with code (\d+)/)?.[1];
  return { signal, exitCode: exitCode === undefined ? null : Number(exitCode) };
}
