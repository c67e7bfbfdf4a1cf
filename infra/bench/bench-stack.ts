import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Stack, startStack } from '../local/stack.ts';
import type { StackOptions } from '../local/stack-options.ts';
import { cpuSeconds, residentMb } from './cpu.ts';

/** An embedded stack on a temporary home, with its processes in view. */
export interface BenchStack {
  readonly stack: Stack;
  readonly home: string;
  /** CPU seconds of all its processes and their ended children so far. */
  cpu(): Promise<number>;
  /** Resident memory of its Node processes, MB. */
  resident(): Promise<number>;
  /** Uploads a copy of a file and waits until its job has ended well. */
  run(key: string, file: string): Promise<BenchRun>;
  stop(): Promise<void>;
}

export interface BenchRun {
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
  readonly completedAt: number;
}

export async function startBenchStack(options: Partial<StackOptions> = {}): Promise<BenchStack> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'));
  const stack = await startStack({ ...options, home });
  const pids = (): number[] => [process.pid, ...stack.host.groups];
  return {
    stack,
    home,
    cpu: () => cpuSeconds(pids()),
    resident: () => residentMb(pids()),
    async run(key, file) {
      await stack.uploads.acceptCopy(file, key);
      const uploadedAt = Date.now();
      const jobId = await idOf(stack.url, key);
      for (;;) {
        const job = (await (await fetch(`${stack.url}/v1/jobs/${jobId}?wait=20`)).json()) as {
          readonly state: string;
          readonly error: unknown;
        };
        if (job.state === 'completed') return { jobId, uploadedAt, completedAt: Date.now() };
        if (job.state === 'failed') throw new Error(`The job failed: ${JSON.stringify(job.error)}`);
      }
    },
    async stop() {
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function idOf(url: string, key: string): Promise<string> {
  for (;;) {
    const page = (await (await fetch(`${url}/v1/jobs?key=${encodeURIComponent(key)}`)).json()) as {
      readonly jobs: readonly { readonly id: string }[];
    };
    const [job] = page.jobs;
    if (job !== undefined) return job.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
