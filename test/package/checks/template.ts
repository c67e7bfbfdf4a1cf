import { z } from 'zod';

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string().transform((id) => [id]), z.array(z.string())]).default([]),
  Condition: z.string().optional(),
  DeletionPolicy: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

export const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
export type Template = z.infer<typeof Template>;

/** `Ref: X`, `Fn::GetAtt: [X, Arn]`, or either inside an `Fn::Sub`. */
export interface Reference {
  /** Logical id or pseudo parameter. */
  readonly target: string;
  /** Null for a Ref. */
  readonly attribute: string | null;
  /** Where it stands, for example `Queue.Properties.RedrivePolicy`. */
  readonly at: string;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of the CloudFormation function that `value` is a call of, with its argument; undefined for plain values. */
export function intrinsic(value: unknown): { readonly name: string; readonly argument: unknown } | undefined {
  if (!isRecord(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** All references below `value`. */
export function references(value: unknown, at: string): Reference[] {
  const call = intrinsic(value);
  if (call?.name === 'Ref') return [{ target: String(call.argument), attribute: null, at }];
  if (call?.name === 'Fn::GetAtt') return [toGetAtt(call.argument, at)];
  if (call?.name === 'Fn::Sub') return inSub(call.argument, at);
  if (Array.isArray(value)) return value.flatMap((item, index) => references(item, `${at}[${index}]`));
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([key, item]) => references(item, `${at}.${key}`));
  }
  return [];
}

function toGetAtt(argument: unknown, at: string): Reference {
  const parts = typeof argument === 'string' ? argument.split('.') : z.array(z.string()).parse(argument);
  const [target = '', ...attribute] = parts;
  return { target, attribute: attribute.join('.'), at };
}

function inSub(argument: unknown, at: string): Reference[] {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const own = isRecord(variables) ? variables : {};
  const named = [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => !(name in own))
    .map((name) => (name.includes('.') ? toGetAtt(name, at) : { target: name, attribute: null, at }));
  return [...named, ...references(own, at)];
}

/** Logical id that `value` is a Ref or GetAtt of; undefined for anything else. */
export function targetOf(value: unknown): string | undefined {
  const call = intrinsic(value);
  return call !== undefined && (call.name === 'Ref' || call.name === 'Fn::GetAtt')
    ? references(value, '')[0]?.target
    : undefined;
}

export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** `Property.Sub.Sub` below a resource; undefined when a part is missing. */
export function property(resource: Resource | undefined, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), resource?.Properties);
}

/** A plain value as text, a reference as `ref X` or `X.Attribute`. */
export function referenceText(value: unknown): string {
  const call = intrinsic(value);
  if (call?.name === 'Ref') return `ref ${call.argument}`;
  return call?.name === 'Fn::GetAtt' ? z.array(z.string()).parse(call.argument).join('.') : String(value);
}
