/** Writes a zip archive, entries in the order of their paths, with fixed times. `mode`: permission bits. */
export function writeZip(
  archive: string,
  entries: readonly { readonly path: string; readonly file: string; readonly mode: number }[],
): Promise<void>;
