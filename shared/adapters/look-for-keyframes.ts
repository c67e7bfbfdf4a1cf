import { keyframeLookArgs, parseKeyframeLook } from '../core/chunks/keyframe-look.ts';
import type { LookForKeyframes } from '../core/ports/keyframes.ts';
import { CHILD_ENV } from './ffprobe.ts';
import { runChild } from './run-child.ts';

/** Three seeks in a file that has just been probed. */
const TIMEOUT_MS = 20_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/** @param program Absolute path of ffprobe. */
export function createKeyframeLook(program: string): LookForKeyframes {
  return async (input, videoOrdinal, places) => {
    const result = await runChild({
      program,
      args: keyframeLookArgs(input, videoOrdinal, places),
      env: CHILD_ENV,
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    return result.exitCode === 0 ? parseKeyframeLook(parseAnswer(result.stdout), places) : null;
  };
}

/** Undefined for what is no JSON: it tells nothing of the keyframes. */
function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
