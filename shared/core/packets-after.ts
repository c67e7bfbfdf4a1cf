import { z } from 'zod';
import { inputArgs } from './ffmpeg-input.ts';
import type { MediaInput } from './ports/media.ts';

/** Packets that are looked at: reading begins at the keyframe before, which may be far away. */
const MAX_PACKETS = 500;
/** A frame may begin this much after the declared end, for rounding. */
const SLACK_SECONDS = 0.5;

const Packets = z.object({
  packets: z.array(z.object({ pts_time: z.coerce.number().optional() })).default([]),
});

/** Arguments of ffprobe that show the packets of a video track around a time of the file's own clock. */
export function packetsAfterArgs(input: MediaInput, videoOrdinal: number, seconds: number): string[] {
  return [
    ...['-loglevel', 'error', '-of', 'json', '-select_streams', `v:${videoOrdinal}`],
    ...['-show_entries', 'packet=pts_time', '-read_intervals', `${seconds.toFixed(3)}%+#${MAX_PACKETS}`],
    ...inputArgs(input),
  ];
}

/** Whether ffprobe's answer holds a packet that is shown after that time. */
export function goesOnAfter(json: unknown, seconds: number): boolean {
  const { packets } = Packets.parse(json);
  return packets.some(({ pts_time: shownAt }) => shownAt !== undefined && shownAt > seconds + SLACK_SECONDS);
}
