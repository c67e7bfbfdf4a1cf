import type { FfprobeStream } from './ffprobe-schema.ts';
import { parseClock, parseSeconds } from './ffprobe-values.ts';

/** Tracks that end this long before the file does may carry tags of an earlier life. */
const MAX_UNEXPLAINED_SECONDS = 5;

/** When a track is presented, seconds on the source's own timeline. */
export interface Span {
  readonly startSeconds: number;
  readonly durationSeconds: number | null;
}

/** What a container says about times. */
export interface Spans {
  /** Matroska and FLV write where a track ends, the others how long it lasts. */
  readonly declaresEnds: boolean;
  /** Seconds, as the container declares them. */
  readonly containerDuration: number | null;
}

/** Seconds that a track lasts; null when the file does not say. */
export function streamLength(stream: FfprobeStream, startSeconds: number, spans: Spans): number | null {
  const declared = parseSeconds(stream.duration) ?? parseClock(stream.tags?.['DURATION']);
  if (declared === null || declared <= 0) return null;
  if (!spans.declaresEnds) return declared;
  // Remuxing may leave a tag of the longer original; the file's own length is rewritten.
  return lengthUntil(Math.min(declared, spans.containerDuration ?? declared), startSeconds);
}

/**
 * Seconds from the presentation's start to the end of the picture; null unless the lengths of tracks and file agree, so that no frame is cut off for the
 * sake of a wrong tag.
 */
export function declaredPictureEnd(
  used: readonly Span[],
  startSeconds: number,
  durationSeconds: number | null,
  { containerDuration }: Spans,
): number | null {
  if (durationSeconds === null || containerDuration === null || containerDuration <= 0) return null;
  const unexplained = lengthUntil(containerDuration, startSeconds) - durationSeconds;
  if (unexplained > MAX_UNEXPLAINED_SECONDS) return null;
  const [video, ...others] = used;
  if (video === undefined) return null;
  if (video.durationSeconds !== null) return video.startSeconds + video.durationSeconds - startSeconds;
  return others.length === 0 ? durationSeconds : null;
}

/** Seconds from the earliest start to the latest end of the used tracks; null when the file does not say. */
export function presentationLength(used: readonly Span[], startSeconds: number, spans: Spans): number | null {
  const ends = used.flatMap((stream) =>
    stream.durationSeconds === null ? [] : [stream.startSeconds + stream.durationSeconds],
  );
  if (ends.length === used.length) return Math.max(...ends) - startSeconds;
  const declared = spans.containerDuration;
  if (declared === null || declared <= 0) return null;
  return spans.declaresEnds ? lengthUntil(declared, startSeconds) : declared;
}

/** Some writers put the length where others put the end; an end before the start is a length. */
function lengthUntil(end: number, startSeconds: number): number {
  return end > startSeconds ? end - startSeconds : end;
}
