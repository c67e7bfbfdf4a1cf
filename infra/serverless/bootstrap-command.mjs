import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

/** Debian with Node and tar, for x86_64 and by digest: what runs today runs tomorrow. */
export const PUBLIC_IMAGE =
  'public.ecr.aws/docker/library/node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c';

/**
 * The container's command that fetches the worker and runs it: `infra/batch/bootstrap.mjs` in one argument.
 * @returns {Promise<string[]>}
 */
export async function bootstrapCommand() {
  const source = await readFile(fileURLToPath(new URL('../batch/bootstrap.mjs', import.meta.url)), 'utf8');
  // Short names could be `$`, and `$(…)` is a reference in some container platforms.
  const { code } = await transform(source, {
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'esm',
    target: 'node20',
  });
  return ['node', '--input-type=module', '-e', code.trim()];
}
