import { existsSync } from 'node:fs';

const DEBIAN = '/usr/bin/ffmpeg';

/** The builds of ffmpeg that there are: the installed one, and Debian's where it is. */
export const FFMPEG_BUILDS: readonly { readonly build: string; readonly program: string | undefined }[] = [
  { build: 'installed', program: undefined },
  ...(existsSync(DEBIAN) ? [{ build: 'Debian', program: DEBIAN }] : []),
];
