import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** YAML after parsing. */
export type Tree =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Tree[]
  | { readonly [key: string]: Tree };

export interface VariableScope {
  /** Absolute folder that `file(…)` is relative to. */
  readonly root: string;
  readonly stage: string;
  /** The whole service file, for `self:`; may hold variables itself. */
  readonly service: Tree;
  readonly params: Readonly<Record<string, Tree>>;
}

/** Serverless variables start with a lower-case source; `${AWS::Region}` and `${Bucket.Arn}` belong to CloudFormation. */
const VARIABLE = /\$\{([a-z]+(?:\([^)]*\)|:[^},]*))(?:,\s*([^}]*))?\}/g;

/**
 * Replaces every variable of the framework's own syntax. A value that is one variable takes its type.
 * @throws Error for a source or a name that is not known here
 */
export function resolveVariables(tree: Tree, scope: VariableScope): Tree {
  if (typeof tree === 'string') return resolveText(tree, scope);
  if (isList(tree)) return tree.map((item) => resolveVariables(item, scope));
  if (isMap(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [key, resolveVariables(value, scope)]),
    );
  }
  return tree;
}

function resolveText(text: string, scope: VariableScope): Tree {
  const matches = [...text.matchAll(VARIABLE)];
  const only = matches[0];
  if (only !== undefined && only[0] === text) return variable(only[1] ?? '', only[2], scope);
  return text.replaceAll(VARIABLE, (whole: string, address: string, fallback: string | undefined) => {
    const value = variable(address, fallback, scope);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
    throw new Error(`${whole} in "${text}" is not a text.`);
  });
}

function variable(address: string, fallback: string | undefined, scope: VariableScope): Tree {
  const found = lookUp(address, scope);
  if (found !== undefined) return found;
  if (fallback !== undefined) return literal(fallback);
  throw new Error(`\${${address}} is not defined.`);
}

function lookUp(address: string, scope: VariableScope): Tree {
  const file = /^file\((.+)\)$/.exec(address)?.[1];
  if (file !== undefined) return resolveVariables(readYaml(path.join(scope.root, file)), scope);
  const colon = address.indexOf(':');
  const source = address.slice(0, colon);
  const name = address.slice(colon + 1);
  if (source === 'param') return resolveVariables(scope.params[name], scope);
  if (source === 'self') return resolveVariables(descend(scope.service, name.split('.')), scope);
  if (source === 'opt') return undefined;
  if (address === 'sls:stage') return scope.stage;
  throw new Error(`\${${address}} is of a kind that the embedded stack does not know.`);
}

function descend(tree: Tree, names: readonly string[]): Tree {
  return names.reduce<Tree>((at, name) => (isMap(at) ? at[name] : undefined), tree);
}

function literal(text: string): Tree {
  const parsed: Tree = parse(text.trim());
  return parsed;
}

/** @throws Error when the file is missing or not YAML */
export function readYaml(file: string): Tree {
  const parsed: Tree = parse(readFileSync(file, 'utf8'));
  return parsed;
}

export function isMap(tree: Tree): tree is { readonly [key: string]: Tree } {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

export function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}
