/** What one line of ffmpeg's stderr says under `-progress pipe:2 -loglevel level+warning`. */
export type FfmpegLine =
  | { readonly kind: 'progress'; readonly key: string; readonly value: string }
  | { readonly kind: 'message'; readonly level: string; readonly text: string }
  /** The message before this one, so many times more. */
  | { readonly kind: 'repeated'; readonly times: number };

/** Null for lines that are none of these, such as the statistics at the end. */
export function parseFfmpegLine(line: string): FfmpegLine | null {
  const repeated = line.match(/^\s*Last message repeated (\d+) times/);
  if (repeated) return { kind: 'repeated', times: Number(repeated[1]) };
  const message = line.match(
    /^(?:\[[^\]]+ @ [^\]]+\] )*\[(panic|fatal|error|warning|info|verbose|debug)\] (.*)$/,
  );
  if (message?.[1] !== undefined && message[2] !== undefined) {
    return { kind: 'message', level: message[1], text: message[2].trim() };
  }
  const progress = line.match(/^([a-z0-9_]+)=\s*(.*)$/);
  if (progress?.[1] !== undefined && progress[2] !== undefined) {
    return { kind: 'progress', key: progress[1], value: progress[2].trim() };
  }
  return null;
}

/** Warnings by which demuxers report damaged input; every other warning is about style. */
const DAMAGE_WARNINGS =
  /corrupt input packet|Packet corrupt|PES packet size mismatch|corrupt decoded frame|Element at .* ending at .* exceeds|File ended prematurely|edit unit sync lost/i;

/**
 * Errors that sound files cause too: cut at a point where pictures refer to what came before, or joined from such cuts,
 * or with more tracks than are looked at.
 */
const HARMLESS_ERRORS =
  /Number of streams exceeds max_streams|mmco: unref short failure|SPS unavailable in decode_picture_timing|invalid new backstep/;

/** Whether a message tells of damage: an error, or one of the warnings that mean one. */
export function isDamage(level: string, text: string): boolean {
  if (level === 'error' || level === 'fatal' || level === 'panic') return !HARMLESS_ERRORS.test(text);
  return level === 'warning' && DAMAGE_WARNINGS.test(text);
}

/** Seconds of ffmpeg's `[-]HH:MM:SS.ffffff`; null for `N/A`. */
export function parseOutTime(value: string): number | null {
  const match = value.match(/^(-?)(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/);
  if (!match) return null;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4]);
  return match[1] === '-' ? -seconds : seconds;
}
