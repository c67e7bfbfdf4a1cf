/**
 * Writes a `.tar.gz`, entries in the order of their paths, all of user 0 and time 0. `mode`: permission bits.
 * @returns the archive's SHA-256, hexadecimal
 */
export function writeTarGz(
  archive: string,
  entries: readonly { readonly path: string; readonly file: string; readonly mode: number }[],
): Promise<string>;
