import { access, chmod, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { MillraceError } from '../core/errors.ts';

/** Absolute paths of programs that can be run. */
export interface MediaBinaries {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/**
 * Finds ffmpeg and ffprobe: the given paths, else those of the installer packages.
 * @throws MillraceError `infrastructure` when one is missing or cannot be run
 */
export async function findMediaBinaries(paths: {
  readonly ffmpeg?: string | undefined;
  readonly ffprobe?: string | undefined;
}): Promise<MediaBinaries> {
  const [ffmpeg, ffprobe] = await Promise.all([
    findMediaBinary('ffmpeg', paths.ffmpeg),
    findMediaBinary('ffprobe', paths.ffprobe),
  ]);
  return { ffmpeg, ffprobe };
}

/**
 * Finds one of the two, for functions that are deployed without the other.
 * @throws MillraceError `infrastructure` when it is missing or cannot be run
 */
export async function findMediaBinary(program: 'ffmpeg' | 'ffprobe', path?: string): Promise<string> {
  return runnable(program, path ?? installedPath(program));
}

function installedPath(program: 'ffmpeg' | 'ffprobe'): string {
  const installed: unknown = createRequire(import.meta.url)(`@${program}-installer/${program}`);
  if (typeof installed === 'object' && installed !== null && 'path' in installed) {
    if (typeof installed.path === 'string') return installed.path;
  }
  throw new MillraceError('infrastructure', `The package that carries ${program} does not name its path.`);
}

async function runnable(program: string, path: string): Promise<string> {
  if (await canRun(path)) return path;
  // The ffprobe package unpacks without run bits for other users; the owner may set them.
  await chmod(path, 0o755).catch((cause: unknown) => {
    throw new MillraceError('infrastructure', `The program ${program} is not installed or cannot be run.`, {
      cause,
    });
  });
  return path;
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
