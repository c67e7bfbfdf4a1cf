import { chunkName } from '../../core/chunks/chunk-names.ts';
import { livePlan, livePlaylist } from '../../core/hls/live-playlists.ts';
import { AUDIO_TRACK, parsePiecePath } from '../../core/hls/paths.ts';
import type { Job } from '../../core/job.ts';
import type { JobPartReader } from '../../core/ports/job-store.ts';
import type { JobViews } from './job-views.ts';
import type { StoredFile } from './stored-file.ts';

/** What the records of a job that is made in chunks do not list themselves. */
export interface LiveFiles {
  /** The file of one chunk. */
  piece(jobId: string, path: string): Promise<StoredFile | undefined>;
  /** The text of a playlist while the job runs, never older than `job`. */
  playlist(job: Job, path: string): Promise<string | undefined>;
}

/** Reads chunks only for those who ask for what is theirs. */
export function createLiveFiles(
  reader: Pick<JobPartReader, 'readPart'>,
  views: Pick<JobViews, 'committed'>,
): LiveFiles {
  return {
    piece: async (jobId, path) => {
      const named = parsePiecePath(path);
      if (named === null) return undefined;
      const kind = named.track === AUDIO_TRACK ? 'audio' : 'picture';
      const job = await reader.readPart(jobId, chunkName({ kind, index: named.index }));
      // Whatever the lane: a rendition that was joined before a container took over is played from them.
      return job?.chunks.flatMap(({ media }) => media).find((file) => file.path === path);
    },
    playlist: async ({ header }, path) => {
      const plan = livePlan(header);
      if (plan === null || !path.endsWith('.m3u8')) return undefined;
      return livePlaylist(path, plan, await views.committed(header.id));
    },
  };
}
