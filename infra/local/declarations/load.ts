import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { keepConditional } from './conditions.ts';
import { type FunctionDeclaration, readFunctions } from './functions.ts';
import { type ResourceDeclarations, readResources } from './resources.ts';
import { readYaml, resolveVariables, type Tree } from './variables.ts';

/** What the deployment declares, as far as the embedded stack makes it too. */
export interface Declarations extends ResourceDeclarations {
  readonly functions: readonly FunctionDeclaration[];
}

export interface LoadOptions {
  /** Values over the declared `params.default`. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Folder of `serverless.yml`; default: this project's. */
  readonly root?: string;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

const Service = z.object({
  params: z.object({ default: z.record(z.string(), z.unknown()) }),
  provider: z.object({ environment: z.unknown() }),
  functions: z.unknown(),
  resources: z.array(
    z.object({
      Resources: z.record(z.string(), z.unknown()).default({}),
      Conditions: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

/**
 * Reads the deployment's own files, so that both stacks have the same functions, limits, queues and filters.
 * @throws Error for a parameter that is not declared, or a form that the embedded stack does not know
 */
export function loadDeclarations({ params = {}, root = PROJECT }: LoadOptions = {}): Declarations {
  const service = readYaml(path.join(root, 'serverless.yml'));
  const declared = declaredParams(service);
  for (const name of Object.keys(params)) {
    if (!(name in declared)) throw new Error(`serverless.yml declares no parameter "${name}".`);
  }
  const scope = { root, stage: 'local', service, params: { ...declared, ...params } };
  const resolved = Service.parse(resolveVariables(service, scope));
  const resources = Object.assign({}, ...resolved.resources.map((file) => file.Resources));
  const conditions = Object.assign({}, ...resolved.resources.map((file) => file.Conditions));
  return {
    functions: readFunctions(resolved.functions, resolved.provider.environment),
    ...readResources(keepConditional(resources, conditions)),
  };
}

function declaredParams(service: Tree): Readonly<Record<string, Tree>> {
  return z.object({ params: z.object({ default: z.record(z.string(), z.custom<Tree>()) }) }).parse(service)
    .params.default;
}
