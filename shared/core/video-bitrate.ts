import type { FfprobeReport, FfprobeStream } from './ffprobe-schema.ts';
import { parseCount } from './ffprobe-values.ts';

/**
 * Bits per second of a video track: as the container or the track's statistics (Matroska's `BPS`) say, and never more
 * than the file as a whole, because MPEG-2 headers state the highest rate that the decoder must bear. Where only the
 * file's rate is known, that less the other tracks' known ones. Null when neither is.
 */
export function videoBitrate(video: FfprobeStream, { format, streams }: FfprobeReport): number | null {
  const whole = parseCount(format.bit_rate);
  const own = declared(video);
  if (whole === null) return own;
  const others = streams
    .filter((stream) => stream.index !== video.index)
    .reduce((sum, stream) => sum + (declared(stream) ?? 0), 0);
  const rest = Math.max(1, whole - others);
  return own === null ? rest : Math.min(own, whole);
}

function declared({ bit_rate, tags }: FfprobeStream): number | null {
  return parseCount(bit_rate) ?? parseCount(tags?.['BPS'] ?? tags?.['BPS-eng']);
}
