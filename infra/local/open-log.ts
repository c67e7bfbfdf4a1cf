import { openSync, renameSync, statSync } from 'node:fs';

const MAX_LOG_BYTES = 10_000_000;

/** A file descriptor for appending; a file that has grown large is set aside first. */
export function openLog(file: string): number {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size > MAX_LOG_BYTES) renameSync(file, `${file}.old`);
  return openSync(file, 'a');
}
