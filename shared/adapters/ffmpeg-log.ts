import { isDamage, parseFfmpegLine, parseOutTime } from '../core/parse-ffmpeg-line.ts';
import type { FfmpegProgress, FfmpegResult } from '../core/ports/media.ts';

const MAX_ERRORS = 200;
const TAIL_LINES = 20;
const MAX_LINE = 500;

export interface FfmpegLog {
  /** Takes one line of stderr; true when it completes a progress report. */
  take(line: string): boolean;
  progress(): FfmpegProgress;
  result(): FfmpegResult;
  /** The last messages of any level, oldest first. */
  tail(): readonly string[];
}

/** Gathers what ffmpeg writes on stderr, in bounded memory. */
export function createFfmpegLog(): FfmpegLog {
  let progress: FfmpegProgress = { frames: 0, outSeconds: 0, speed: 0 };
  const errors: string[] = [];
  const tail: string[] = [];
  let errorCount = 0;
  let lastWasDamage = false;

  const takeProgress = (key: string, value: string): boolean => {
    const number = Number.parseFloat(value);
    if (key === 'frame' && number >= 0) progress = { ...progress, frames: number };
    if (key === 'speed') progress = { ...progress, speed: Number.isNaN(number) ? 0 : Math.max(0, number) };
    if (key === 'out_time') {
      progress = { ...progress, outSeconds: Math.max(progress.outSeconds, parseOutTime(value) ?? 0) };
    }
    return key === 'progress';
  };

  return {
    take(line) {
      const parsed = parseFfmpegLine(line);
      if (parsed?.kind === 'progress') return takeProgress(parsed.key, parsed.value);
      if (parsed?.kind === 'repeated') {
        if (lastWasDamage) errorCount += parsed.times;
        return false;
      }
      if (parsed?.kind !== 'message') return false;
      const text = parsed.text.slice(0, MAX_LINE);
      tail.push(text);
      if (tail.length > TAIL_LINES) tail.shift();
      lastWasDamage = isDamage(parsed.level, text);
      if (lastWasDamage) {
        errorCount += 1;
        if (errors.length < MAX_ERRORS) errors.push(text);
      }
      return false;
    },
    progress: () => progress,
    result: () => ({
      frames: progress.frames,
      outSeconds: progress.outSeconds,
      errors: [...errors],
      errorCount,
    }),
    tail: () => [...tail],
  };
}
