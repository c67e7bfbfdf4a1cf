import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { Config } from '../../shared/edge/config.ts';

/**
 * Settings and programs: what is wrong with them is wrong for the next attempt, too.
 * @throws Error that names it
 */
export async function readSettings(read: () => Config) {
  const config = read();
  const { jobId, batchAttempt, ffmpegPath, ffprobePath } = config;
  if (jobId === null) throw new Error('JOB_ID is not set: there is nothing to work on.');
  if (batchAttempt === null) throw new Error('AWS_BATCH_JOB_ID is not set: leases would have no holder.');
  const programs = await findMediaBinaries({
    ffmpeg: ffmpegPath ?? undefined,
    ffprobe: ffprobePath ?? undefined,
  });
  return { config, jobId, programs, ...batchAttempt };
}
