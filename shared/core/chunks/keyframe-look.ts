import { z } from 'zod';
import { inputArgs } from '../ffmpeg-input.ts';
import type { MediaInput } from '../ports/media.ts';
import type { Probe } from '../probe.ts';

/** Parts of a source's length at which it is looked. Uneven, so that what repeats is not always met at its beginning. */
const PLACES = [0.23, 0.51, 0.79];
/** Mean of the seconds before them: keyframes every 5 seconds, and what is read twice is a fifth of a usual chunk. */
const SPARSE_SECONDS = 2.5;

/** Times of the file's own clock; none when it does not say how long it is. */
export function keyframePlaces({ durationSeconds, startSeconds }: Probe): number[] {
  return durationSeconds === null ? [] : PLACES.map((part) => startSeconds + part * durationSeconds);
}

/**
 * Whether chunks of a source must decode much for nothing.
 * @param leads seconds from each place back to the keyframe from which it is read; null: not known
 */
export function areKeyframesSparse(leads: readonly number[] | null): boolean {
  if (leads === null || leads.length === 0) return true;
  return leads.reduce((sum, lead) => sum + lead, 0) / leads.length > SPARSE_SECONDS;
}

/** Arguments of ffprobe that show the one packet of a video track at which reading begins for each of the places. */
export function keyframeLookArgs(
  input: MediaInput,
  videoOrdinal: number,
  places: readonly number[],
): string[] {
  return [
    ...['-loglevel', 'error', '-of', 'json', '-select_streams', `v:${videoOrdinal}`],
    ...['-show_entries', 'packet=pts_time,flags'],
    ...['-read_intervals', places.map((at) => `${at.toFixed(3)}%+#1`).join(',')],
    ...inputArgs(input),
  ];
}

const Packets = z.object({
  packets: z.array(z.object({ pts_time: z.coerce.number(), flags: z.string() })),
});

/** The leads that ffprobe's answer tells; null when reading began at another kind of packet, or nowhere. */
export function parseKeyframeLook(json: unknown, places: readonly number[]): readonly number[] | null {
  const packets = Packets.safeParse(json).data?.packets ?? [];
  if (packets.length !== places.length || packets.some(({ flags }) => !flags.startsWith('K'))) return null;
  return places.map((at, index) => Math.max(0, at - (packets[index]?.pts_time ?? at)));
}
