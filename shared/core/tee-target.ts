/** A file that gets some of the streams of an output. */
export interface TeeFile {
  /** Path. */
  readonly file: string;
  /** ffmpeg's specifiers, such as `v:0` and `a`. */
  readonly streams: readonly string[];
}

/** What ffmpeg's `tee` muxer takes for a file name: progressive MP4 files, each of some of its streams. */
export function teeTarget(files: readonly TeeFile[]): string {
  return files
    .map(
      ({ file, streams }) =>
        `[f=mp4:movflags=+faststart:select=\\'${streams.join(',')}\\']${escaped(`file:${file}`)}`,
    )
    .join('|');
}

/** For ffmpeg's token parser: backslashes, quotes, the separator, and spaces, which it drops at the ends. */
function escaped(text: string): string {
  return text.replace(/[\\'|\s]/g, '\\$&');
}
