import { createFfmpeg } from '../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../shared/adapters/ffprobe.ts';
import type { MediaBinaries } from '../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../shared/adapters/media-opener.ts';
import type { Ffmpeg, OpenMedia, ProbeTool } from '../shared/core/ports/media.ts';
import type { Config } from '../shared/edge/config.ts';

/** What media are read and made with. */
export interface MediaTools {
  readonly ffmpeg: Ffmpeg;
  readonly probe: ProbeTool;
  readonly openMedia: OpenMedia;
}

/**
 * @param lastingScratch Directory that lasts as long as the process.
 * @param maxCpuSeconds Of one run of ffmpeg; omitted: a day.
 */
export function createMediaTools(
  programs: MediaBinaries,
  { maxSourcePixels: maxPixels, maxSourceSeconds: maxSeconds }: Config['limits'],
  lastingScratch: string,
  maxCpuSeconds?: number,
): MediaTools {
  return {
    ffmpeg: createFfmpeg({ program: programs.ffmpeg, ...(maxCpuSeconds !== undefined && { maxCpuSeconds }) }),
    probe: createFfprobe({ program: programs.ffprobe, limits: { maxPixels, maxSeconds } }),
    openMedia: createMediaOpener(lastingScratch),
  };
}
