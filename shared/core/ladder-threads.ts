import type { LadderThreads } from './ladder-args.ts';

/** x264 gains nothing from more, and each keeps frames. */
const MAX_THREADS = 16;

/**
 * Threads that keep so many processors busy with a ladder from one decode. The encoders of one process take turns at
 * the frames, so each needs threads of its own for the time that the others have the frame.
 */
export function ladderThreads(vcpus: number): LadderThreads {
  const processors = Math.max(1, Math.floor(vcpus));
  return {
    decoder: Math.min(MAX_THREADS, processors),
    encoder: Math.min(MAX_THREADS, processors === 1 ? 1 : Math.ceil(processors * 1.5)),
  };
}
