/** Packages with binaries of their own: never inlined, found in `node_modules` at run time. */
export const EXTERNAL_PACKAGES: readonly string[];
/** Names of the function folders, sorted. */
export function functionFolders(): Promise<string[]>;
/** Bundles `functions/<name>/handler.ts` to `<outdir>/<name>/handler.mjs`; returns the names. Default: all. */
export function bundleFunctions(request: { outdir: string; names?: readonly string[] }): Promise<string[]>;
/** Bundles what containers run to `<outdir>/batch-worker/main.mjs`; returns its path. */
export function bundleWorker(request: { outdir: string }): Promise<string>;
/** Bundles any source file with the options of the functions. `entries`: output path without extension -> source. */
export function bundleEntries(request: { outdir: string; entries: Record<string, string> }): Promise<void>;
