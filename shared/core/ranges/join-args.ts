import { mp4Args } from '../ffmpeg-args.ts';
import { QUIET_ARGS } from '../ffmpeg-input.ts';
import { type Rational, toNumber } from '../rational.ts';

const MICROSECONDS = 1_000_000;

export interface JoinedPart {
  /** Path of an MP4 without sound. */
  readonly file: string;
  readonly frames: number;
}

/** Files and their lengths for ffmpeg's `concat`, each beginning where the frames before it end. */
export function joinList(parts: readonly JoinedPart[], frameRate: Rational): string {
  // Rounded from the start of the whole: rounding errors must not add up.
  const at = (frame: number) => Math.round((frame / toNumber(frameRate)) * MICROSECONDS);
  let first = 0;
  const lines = parts.flatMap(({ file, frames }) => {
    const microseconds = at(first + frames) - at(first);
    first += frames;
    return [`file ${quoted(file)}`, `duration ${(microseconds / MICROSECONDS).toFixed(6)}`];
  });
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}

function quoted(path: string): string {
  return `'file:${path.replaceAll("'", "'\\''")}'`;
}

export interface JoinArgsOptions {
  /** Path of what {@link joinList} gives. */
  readonly list: string;
  /** Path of an MP4 with sound alone; null: none. */
  readonly sound: string | null;
  readonly outputFile: string;
}

/** Puts the parts of a rendition and the sound into one progressive MP4, without encoding anything. */
export function joinArgs({ list, sound, outputFile }: JoinArgsOptions): string[] {
  return [
    ...QUIET_ARGS,
    ...['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '0', '-i', `file:${list}`],
    ...(sound === null ? [] : ['-protocol_whitelist', 'file', '-i', `file:${sound}`]),
    ...['-map', '0:v:0', ...(sound === null ? ['-an'] : ['-map', '1:a:0']), '-c', 'copy'],
    ...mp4Args(),
    outputFile,
  ];
}
