import { MillraceError } from './errors.ts';

/** How an ffmpeg process ended that did not succeed; one of the two is null. */
export interface FfmpegExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Whether it ran long enough to have used up the processor time of one run. */
  readonly cpuSpent: boolean;
}

/** ffmpeg's exit code when it ended in good order because a signal told it to. */
const STOPPED_BY_SIGNAL = 255;

/** ffmpeg's own words for damage that keeps it from opening a source at all. */
const UNREADABLE_INPUT =
  /Invalid data found when processing input|moov atom not found|could not find codec parameters|Cannot determine format of input stream|does not contain any stream|matches no streams/;

/**
 * What a failed run means. `tail`: ffmpeg's last messages, which only choose the code; whether a retry can help
 * follows from the code.
 */
export function encodeFailure(exit: FfmpegExit, tail: readonly string[]): MillraceError {
  const text = tail.join('\n');
  const cause = new Error(`ffmpeg ended with ${exit.signal ?? `code ${exit.exitCode}`}: ${text}`);
  const killed = exit.signal === 'SIGKILL' || exit.exitCode === 137;
  // Some builds catch the limit's signal and end as after any other; at the hard limit the system kills.
  if (exit.signal === 'SIGXCPU' || (exit.cpuSpent && (killed || exit.exitCode === STOPPED_BY_SIGNAL))) {
    return new MillraceError('limit.timeout', 'The encoder used more processor time than one run may.', {
      cause,
    });
  }
  if (killed) {
    return new MillraceError(
      'limit.memory',
      'The encoder was stopped from outside, most likely for want of memory.',
      {
        retryable: true,
        cause,
      },
    );
  }
  if (exit.signal === 'SIGTERM' || exit.signal === 'SIGINT' || exit.exitCode === STOPPED_BY_SIGNAL) {
    return new MillraceError('infrastructure', 'The encoder was stopped from outside.', {
      retryable: true,
      cause,
    });
  }
  if (exit.signal === 'SIGXFSZ') {
    return new MillraceError('limit.disk', 'The encoded file grew larger than one file may be.', { cause });
  }
  if (/No space left on device|Disk quota exceeded/.test(text)) {
    return new MillraceError('limit.disk', 'There was not enough scratch space for the encoded file.', {
      retryable: true,
      cause,
    });
  }
  const codec =
    text.match(/Decoder \(codec (\w+)\) not found/)?.[1] ?? text.match(/Unknown decoder '(\w+)'/)?.[1];
  if (codec !== undefined) {
    return new MillraceError(
      'input.unsupported',
      `The video is compressed with "${codec}", which cannot be decoded.`,
      {
        cause,
      },
    );
  }
  if (exit.signal === null && UNREADABLE_INPUT.test(text)) {
    return new MillraceError('input.corrupt', 'The video is damaged and cannot be decoded.', { cause });
  }
  return new MillraceError('encode.failed', 'The encoder failed on this video.', { cause });
}
