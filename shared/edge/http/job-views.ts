import {
  type CommittedRun,
  type CommittedRuns,
  EMPTY_RUNS,
  extendRun,
  nextOf,
} from '../../core/hls/committed-run.ts';
import type { Job, Task } from '../../core/job.ts';
import type { ChunkReader } from '../../core/ports/chunks.ts';
import type { JobPartReader } from '../../core/ports/job-store.ts';

/** Jobs of which the chunks that have succeeded are kept; up to some megabytes each. */
const MAX_JOBS = 16;

/** Reads jobs that may have a thousand chunks. */
export interface JobViews {
  /** With all chunks. */
  whole(jobId: string): Promise<Job | undefined>;
  /** What of a job that is made in chunks can be played at the moment of asking. */
  committed(jobId: string): Promise<CommittedRuns>;
}

/** Chunks that have succeeded do not change, so those at the beginning are read once, and then only what comes next. */
export function createJobViews(reader: Pick<JobPartReader, 'readTasks'> & ChunkReader): JobViews {
  const kept = new Map<string, CommittedRuns>();

  const keep = (jobId: string, runs: CommittedRuns): CommittedRuns => {
    kept.delete(jobId);
    kept.set(jobId, runs);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_JOBS) break;
      kept.delete(oldest);
    }
    return runs;
  };

  const read = async (
    jobId: string,
    until: 'end' | 'gap',
  ): Promise<{ readonly runs: CommittedRuns; readonly chunks: readonly Task[] }> => {
    const before = kept.get(jobId) ?? EMPTY_RUNS;
    const follow = async (run: CommittedRun) => {
      const next = await reader.readChunks(jobId, nextOf(run), until);
      return { run: extendRun(run, next), chunks: [...run.chunks, ...next] };
    };
    const [picture, audio] = await Promise.all([follow(before.picture), follow(before.audio)]);
    const runs = keep(jobId, { picture: picture.run, audio: audio.run });
    return { runs, chunks: [...picture.chunks, ...audio.chunks] };
  };

  return {
    whole: async (jobId) => {
      const job = await reader.readTasks(jobId);
      if (job === undefined || (job.header.plan?.chunks ?? null) === null) return job;
      return { ...job, chunks: (await read(jobId, 'end')).chunks };
    },
    committed: async (jobId) => (await read(jobId, 'gap')).runs,
  };
}
