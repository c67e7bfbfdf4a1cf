import type { Job } from '../job.ts';
import { AUDIO_TRACK } from './paths.ts';
import type { StreamFacts } from './stream-facts.ts';

/**
 * The streams of a job's master playlist, in ladder order; none when there is nothing that could be played as planned:
 * not one picture, or no sound though there should be.
 */
export function masterStreams({ header, tasks }: Job): readonly StreamFacts[] {
  const streams = tasks.flatMap((task) => task.streams);
  const hasPicture = streams.some(({ picture }) => picture !== null);
  const lacksSound =
    (header.plan?.audio ?? null) !== null && !streams.some(({ track }) => track === AUDIO_TRACK);
  return hasPicture && !lacksSound ? streams : [];
}
