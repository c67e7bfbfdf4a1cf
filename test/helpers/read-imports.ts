export interface FoundImport {
  /** The module as written. */
  readonly target: string;
  /** `import type …` or `export type …`. */
  readonly typeOnly: boolean;
}

/** Static and dynamic imports and re-exports of a module's text, as far as their target is a literal. */
export function readImports(text: string): FoundImport[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const fixed = [
    ...code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[\w$*\s{},]*?\sfrom\s+)?(['"])([^'"\n]+)\2/gm),
  ];
  const dynamic = [...code.matchAll(/\bimport\s*\(\s*(['"])([^'"\n]+)\1/g)];
  return [
    ...fixed.map(([, type, , target = '']) => ({ target, typeOnly: type !== undefined })),
    ...dynamic.map(([, , target = '']) => ({ target, typeOnly: false })),
  ];
}
