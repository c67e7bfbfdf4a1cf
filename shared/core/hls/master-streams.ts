import type { Job } from '../job.ts';
import { AUDIO_TRACK } from './paths.ts';
import type { StreamFacts } from './stream-facts.ts';

/**
 * The streams of a job's master playlist, in ladder order; none when there is nothing that could be played as planned:
 * not one picture, or no sound because the lowest rendition, which brings it, is not there. A damaged source may have
 * lost all of its sound.
 */
export function masterStreams({ header, tasks }: Job): readonly StreamFacts[] {
  const streams = tasks.flatMap((task) => task.streams);
  const has = (name: string | undefined) => streams.some(({ track }) => track === name);
  const isSoundMissing =
    (header.plan?.audio ?? null) !== null && !has(AUDIO_TRACK) && !has(header.plan?.renditions[0]?.name);
  return streams.some(({ picture }) => picture !== null) && !isSoundMissing ? streams : [];
}
