import os from 'node:os';

/** What Ctrl-C, a request to end and a reader that has gone (`| head`) do. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 128 and the signal's number once there was one, as shells have it. */
  readonly exitCode: number | undefined;
}

/** The first signal asks for a clean end; the second ends this process at once, and its children with it. */
export function onInterrupt(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const code = 128 + os.constants.signals[name];
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      controller.abort();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      exitCode ??= 128 + os.constants.signals.SIGPIPE;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
