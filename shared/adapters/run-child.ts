import { spawn } from 'node:child_process';

export interface ChildRun {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** The child's whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds after which the child is killed. */
  readonly timeoutMs: number;
  /** Bytes of output above which the child is killed. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ChildResult {
  readonly stdout: string;
  /** The last 16 KiB. */
  readonly stderr: string;
  /** Null when a signal ended the child. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly overflowed: boolean;
}

const STDERR_TAIL = 16_384;

/**
 * Runs a program to its end and keeps what it wrote. Whatever the end, the child is gone when the promise settles.
 * @throws the error of the operating system when the program cannot be started; the signal's reason when aborted
 */
export async function runChild(run: ChildRun): Promise<ChildResult> {
  run.signal?.throwIfAborted();
  const child = spawn(run.program, run.args, { env: run.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  let stderr = '';
  let timedOut = false;
  let overflowed = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, run.timeoutMs);
  run.signal?.addEventListener('abort', kill, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= run.maxOutputBytes) {
      chunks.push(chunk);
      return;
    }
    overflowed = true;
    kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
  });
  try {
    const end = await new Promise<Pick<ChildResult, 'exitCode' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    run.signal?.throwIfAborted();
    return { ...end, stdout: Buffer.concat(chunks).toString('utf8'), stderr, timedOut, overflowed };
  } finally {
    clearTimeout(timer);
    run.signal?.removeEventListener('abort', kill);
  }
}
