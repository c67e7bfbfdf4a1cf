import { join } from 'node:path';
import { ladderArgs } from '../../core/ladder-args.ts';
import { ladderThreads } from '../../core/ladder-threads.ts';
import type { EncodeLadder } from '../../core/ports/ladder.ts';
import type { Ffmpeg, FfmpegProgress } from '../../core/ports/media.ts';
import type { Probe } from '../../core/probe.ts';
import { toNumber } from '../../core/rational.ts';
import { holdingLastFrame } from '../holding-last-frame.ts';

/** Encodes a whole source with one process. */
export function encodeWhole(ffmpeg: Ffmpeg): EncodeLadder {
  return async (request) => {
    const { plan, probe, input, renditions, scratch, signal } = request;
    const outputs = renditions.map((rendition) => ({
      rendition,
      file: join(scratch, `${rendition.name}.mp4`),
    }));
    const stills = { tiles: join(scratch, 'tiles.rgb'), posters: join(scratch, 'posters.rgb') };
    const [first] = plan.renditions;
    const rate = first === undefined ? Number.NaN : toNumber(first.frameRate);
    let frames = 0;
    const onProgress = (progress: FfmpegProgress) => {
      frames = progress.frames;
      // Its clock runs with the stills'.
      if (plan.durationSeconds) request.onProgress(Math.min(1, frames / rate / plan.durationSeconds));
    };
    const run = (source: Probe) =>
      ffmpeg.run({
        args: ladderArgs({
          plan,
          probe: source,
          input,
          outputs,
          sound: true,
          stills: request.stills ? stills : null,
          threads: ladderThreads(request.vcpus),
        }),
        signal,
        onProgress,
      });
    const result = await holdingLastFrame(probe, run, () => frames);
    // Every rendition is of the same frames, and the decoder's errors are in all of them.
    const each = { ...result, outSeconds: result.frames / rate };
    return {
      renditions: new Map(outputs.map(({ rendition, file }) => [rendition.name, { file, run: each }])),
      stills: request.stills
        ? {
            tiles: { file: stills.tiles, intervalSeconds: plan.thumbnails.storyboard.intervalSeconds },
            posters: { file: stills.posters },
          }
        : null,
    };
  };
}
