import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesBeingWritten } from './files-being-written.ts';

/** Where files below a directory wait until nobody writes to them. */
export interface WaitingRoom {
  /** @param file as {@link path.join} makes it of the directory and what is below */
  enter(file: string): void;
  /** Lets no more files go. */
  close(): Promise<void>;
}

/** @param everyMs between two looks at those that wait */
export function createWaitingRoom(
  directory: string,
  everyMs: number,
  letGo: (file: string) => void,
  onError: (error: unknown) => void,
): WaitingRoom {
  const files = new Set<string>();
  const closing = new AbortController();
  let isWatched = false;
  let watch = Promise.resolve();

  const untilEmpty = async (): Promise<void> => {
    try {
      const real = await realpath(directory);
      while (files.size > 0 && !closing.signal.aborted) {
        const written = await filesBeingWritten(real);
        for (const file of files) {
          if (closing.signal.aborted || written.has(path.join(real, path.relative(directory, file))))
            continue;
          files.delete(file);
          letGo(file);
        }
        if (files.size > 0)
          await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    } catch (error) {
      onError(error);
    } finally {
      isWatched = false;
    }
  };

  return {
    enter(file) {
      files.add(file);
      if (isWatched) return;
      isWatched = true;
      watch = untilEmpty();
    },
    close() {
      closing.abort();
      return watch;
    },
  };
}
