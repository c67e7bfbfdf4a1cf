import type { Job } from '../job.ts';
import { isTerminalJob } from '../job.ts';

/** How many chunks there are, and in which state. */
export interface ChunkSummary {
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
}

/** Null for a job without any. Those that are still to be done when a container has taken over, or the job has ended, count as canceled. */
export function summarizeChunks({ header, chunks }: Job): ChunkSummary | null {
  if (chunks.length === 0) return null;
  const isWanted = header.lane === 'chunked' && !isTerminalJob(header.state);
  const count = { pending: 0, running: 0, succeeded: 0, failed: 0, canceled: 0 };
  for (const { state } of chunks) {
    if (state === 'succeeded' || state === 'failed') count[state] += 1;
    else if (isWanted && (state === 'pending' || state === 'running')) count[state] += 1;
    else count.canceled += 1;
  }
  return { total: chunks.length, ...count };
}
