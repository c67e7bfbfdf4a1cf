import { MillraceError } from './errors.ts';

/** ffmpeg's names of formats that only ever hold sound. */
const SOUND_FORMATS = new Set([
  'mp3',
  'wav',
  'flac',
  'aac',
  'aiff',
  'caf',
  'w64',
  'wv',
  'ape',
  'tta',
  'amr',
  'ac3',
  'eac3',
]);
const EXPECTED = 'a video file such as MP4, MOV, MKV, WebM, AVI or MPEG-TS was expected';

/** Whether the demuxer only guessed: what it then says about the file means nothing. */
export function isGuess(stderr: string): boolean {
  return stderr.includes('misdetection possible');
}

/** Why ffprobe refused a file, told from its messages (`-loglevel level+warning`). */
export function probeFailure(stderr: string): MillraceError {
  if (isGuess(stderr)) return notAVideo();
  const refused = stderr.match(/\[([a-z0-9_,]+) @ [^\]]*\] \[error\] Format not on whitelist/i)?.[1];
  if (refused !== undefined && SOUND_FORMATS.has(refused)) {
    return new MillraceError(
      'input.no_video',
      `The file has no video track; it is a sound file (${refused}).`,
    );
  }
  if (refused !== undefined) return notAVideo(refused);
  const size = stderr.match(/Picture size (\d+x\d+) exceeds specified max pixel count (\d+)/);
  if (size) {
    return new MillraceError(
      'input.too_many_pixels',
      `The picture has ${size[1]} pixels; at most ${size[2]} pixels a frame are allowed.`,
    );
  }
  const tracks = stderr.match(/Number of streams exceeds max_streams parameter \((\d+)\)/)?.[1];
  if (tracks !== undefined) {
    return new MillraceError(
      'input.unsupported',
      `The file has more than ${tracks} tracks, the most that are read.`,
      {
        remedy: 'Upload a file with fewer tracks.',
      },
    );
  }
  if (stderr.includes('moov atom not found')) {
    return new MillraceError(
      'input.corrupt',
      'The file is an MP4 or MOV without its index; most likely it was cut short or never finished.',
    );
  }
  if (/\[[a-z0-9_,]+ @ [^\]]*\] \[(error|fatal|panic)\]/i.test(stderr)) {
    return new MillraceError('input.corrupt', 'The file is a video, but it is damaged and cannot be read.');
  }
  return notAVideo();
}

/** @param format ffmpeg's name of what was found instead, where it is known; `png_pipe` is a PNG image */
export function notAVideo(format?: string): MillraceError {
  const found =
    format === undefined
      ? 'its content is something else'
      : `its content is of the type "${format.replace(/_pipe$/, '')}"`;
  return new MillraceError(
    'input.unsupported',
    `The file is not a video that can be read: ${EXPECTED}; ${found}.`,
  );
}
