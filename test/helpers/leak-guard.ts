import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Caches of the tools that run the tests; everything else below the run's directory is ours. */
const TOOL_CACHES = /^(tsx-|node-compile-cache|vitest|v8-compile-cache)/;
/** Set while a run is guarded: its directory. */
const GUARDED = 'MILLRACE_TEST_RUN';
/** How long processes and other set-ups may take to clean up after the last test. */
const GRACE_MS = 5000;

interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/**
 * Gives the run a temporary directory of its own and fails the run when a process or a file of it is left behind.
 * A process is of the run when its environment, working directory or command line names that directory: that
 * holds for children with an empty environment too, since their files lie in it.
 */
export default async function guardLeaks(): Promise<(() => Promise<void>) | undefined> {
  // Each project of the configuration inherits this set-up; the first one guards the whole run.
  if (process.env[GUARDED] !== undefined) return undefined;
  const outer = process.env['TMPDIR'];
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-run-'));
  process.env['TMPDIR'] = directory;
  process.env[GUARDED] = directory;
  return async () => {
    const { processes, files } = await leftoversAfterGrace(directory);
    delete process.env[GUARDED];
    if (outer === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = outer;
    for (const { pid } of processes) kill(pid);
    await rm(directory, { recursive: true, force: true });
    const complaints = [
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
      ...files.map((name) => `file ${name}`),
    ];
    if (complaints.length > 0) {
      process.exitCode = 1;
      throw new Error(`The tests left behind:\n${complaints.join('\n')}`);
    }
  };
}

async function leftoversAfterGrace(
  directory: string,
): Promise<{ readonly processes: readonly Leftover[]; readonly files: readonly string[] }> {
  const until = Date.now() + GRACE_MS;
  for (;;) {
    const processes = await processesOf(directory);
    const files = (await readdir(directory)).filter((name) => !TOOL_CACHES.test(name));
    if ((processes.length === 0 && files.length === 0) || Date.now() > until) return { processes, files };
    await delay(100);
  }
}

/** Empty where there is no /proc to look into. */
async function processesOf(directory: string): Promise<Leftover[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid): Promise<Leftover | undefined> => {
      const [command, environment, workingDirectory] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ]);
      // A zombie has neither; the runner and its workers end by themselves.
      if (command === '' || pid === process.pid || isRunner(command)) return undefined;
      const named = [command, environment, workingDirectory].some((text) => text.includes(directory));
      return named ? { pid, command: command.replaceAll('\0', ' ').trim() } : undefined;
    }),
  );
  return found.filter((leftover) => leftover !== undefined);
}

function isRunner(command: string): boolean {
  return /vitest|esbuild\0--service/.test(command);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the kill.
  }
}
