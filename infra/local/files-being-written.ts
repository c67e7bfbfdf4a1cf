import { readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Of the flags in octal that /proc tells of an open file: the access mode, 0 for reading. */
const ACCESS_MODE = 0o3;

/**
 * Real paths of the files below a directory that somebody has open for writing. Processes of other users are not
 * seen, nor is anything where there is no /proc.
 * @param directory real path
 */
export async function filesBeingWritten(directory: string): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  const pids = (await list('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    for (const fd of await list(`/proc/${pid}/fd`)) {
      const file = ifThere(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (!file?.startsWith(`${directory}${path.sep}`) || files.has(file)) continue;
      const info = ifThere(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'));
      const flags = Number.parseInt(/^flags:\s+(\d+)$/m.exec(info ?? '')?.[1] ?? '0', 8);
      if ((flags & ACCESS_MODE) !== 0) files.add(file);
    }
  }
  return files;
}

/** Empty for a directory that is gone or somebody else's. */
async function list(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/** Processes and files come and go while we look. */
function ifThere(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
