import type { ChunkName } from '../chunks/chunk-names.ts';
import type { Task } from '../job.ts';

/** How many chunks of a job have succeeded, without a look at each. */
export interface ChunkCounter {
  /**
   * Counts a chunk once, however often it is called.
   * @param place See `chunkPlace`
   * @returns the number of those counted
   */
  countChunk(jobId: string, place: number, now: number): Promise<number>;
  /** The number of those counted. */
  chunksCounted(jobId: string): Promise<number>;
}

/** The end of the lane `chunked` for a job that cannot be made there. */
export interface ChunkedJobs {
  /** Moves the job itself to the lane `batch`; false when it is there already, or has ended. */
  leaveChunkedLane(jobId: string, laneReason: string, now: number): Promise<boolean>;
  /**
   * Moves a task of the job's document that has not ended from the lane `chunked` to `batch`, whoever holds it: the
   * holder has lost it. At least one attempt is left to the container; what the holder used is added to its usage.
   * @returns false when it has ended or is there already
   */
  takeToContainer(jobId: string, task: string, now: number): Promise<boolean>;
}

/** The chunks of one kind. */
export interface ChunkReader {
  /**
   * Chunks in the order of time, from the given one on: to the last, or up to the first that has not succeeded. Read
   * consistently.
   */
  readChunks(jobId: string, from: ChunkName, until: 'end' | 'gap'): Promise<readonly Task[]>;
}
