import type { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { intrinsic, isRecord, references, type Template } from './template.ts';

type SpecDatabase = Awaited<ReturnType<typeof loadAwsServiceSpec>>;
type Resource = NonNullable<ReturnType<typeof specOf>>;
type PropertyType = Resource['properties'][string]['type'];

/** Deviations of names, types and required properties from the CloudFormation resource specification. */
export function checkAgainstSpec(template: Template, spec: SpecDatabase): string[] {
  return Object.entries(template.Resources).flatMap(([id, resource]) => {
    const known = specOf(resource.Type, spec);
    return known === undefined
      ? [`${id}: there is no type ${resource.Type}`]
      : checkProperties(resource.Properties, known.properties, id, { template, spec });
  });
}

/** Deviations of references: targets that do not exist, attributes that the target's type does not have. */
export function checkReferences(template: Template, spec: SpecDatabase): string[] {
  const everything = references({ ...template.Resources, Outputs: template.Outputs }, 'template');
  const dangling = everything.flatMap(({ target, attribute, at }) => {
    const resource = template.Resources[target];
    if (attribute === null) {
      return resource !== undefined || PSEUDO_PARAMETERS.has(target)
        ? []
        : [`${at}: nothing is named ${target}`];
    }
    if (resource === undefined) return [`${at}: nothing is named ${target}`];
    return specOf(resource.Type, spec)?.attributes[attribute] === undefined
      ? [`${at}: ${resource.Type} has no attribute ${attribute}`]
      : [];
  });
  const dependencies = Object.entries(template.Resources).flatMap(([id, { DependsOn, Condition }]) => [
    ...DependsOn.filter((name) => template.Resources[name] === undefined).map(
      (name) => `${id}: depends on ${name}, which is not there`,
    ),
    ...(Condition === undefined || Condition in template.Conditions
      ? []
      : [`${id}: no condition ${Condition}`]),
  ]);
  return [...dangling, ...dependencies];
}

interface Context {
  readonly template: Template;
  readonly spec: SpecDatabase;
}

const PSEUDO_PARAMETERS = new Set([
  'AWS::AccountId',
  'AWS::Region',
  'AWS::Partition',
  'AWS::StackName',
  'AWS::StackId',
  'AWS::URLSuffix',
  'AWS::NoValue',
]);

function specOf(type: string, spec: SpecDatabase) {
  return spec.lookup('resource', 'cloudFormationType', 'equals', type)[0];
}

function checkProperties(
  value: Readonly<Record<string, unknown>>,
  known: Resource['properties'],
  at: string,
  context: Context,
): string[] {
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required === true && value[name] === undefined)
    .map(([name]) => `${at}: ${name} is required`);
  const wrong = Object.entries(value).flatMap(([name, item]) => {
    const found = known[name];
    return found === undefined
      ? [`${at}: there is no property ${name}`]
      : checkValue(item, found.type, `${at}.${name}`, context);
  });
  return [...missing, ...wrong];
}

function checkValue(value: unknown, type: PropertyType, at: string, context: Context): string[] {
  const call = intrinsic(value);
  if (call !== undefined) return checkCall(value, call.name, type, at, context);
  switch (type.type) {
    case 'union':
      return checkUnion(value, type.types, at, context);
    case 'ref': {
      const definition = context.spec.get('typeDefinition', type.reference);
      return isRecord(value)
        ? checkProperties(value, definition.properties, at, context)
        : [`${at}: expected ${definition.name}, found ${JSON.stringify(value)}`];
    }
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => checkValue(item, type.element, `${at}[${index}]`, context))
        : [`${at}: expected a list, found ${JSON.stringify(value)}`];
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            checkValue(item, type.element, `${at}.${key}`, context),
          )
        : [`${at}: expected a map, found ${JSON.stringify(value)}`];
    default:
      return isPrimitive(value, type) ? [] : [`${at}: expected ${type.type}, found ${JSON.stringify(value)}`];
  }
}

/** The complaints of the member that fits best, none when one fits. */
function checkUnion(value: unknown, types: readonly PropertyType[], at: string, context: Context): string[] {
  const tries = types.map((type) => checkValue(value, type, at, context));
  return tries.reduce((best, next) => (next.length < best.length ? next : best), tries[0] ?? []);
}

/** What a call gives must fit too: a string, or for an attribute the attribute's own type. */
function checkCall(value: unknown, name: string, type: PropertyType, at: string, context: Context): string[] {
  if (name === 'Fn::If' || name === 'Fn::GetAZs' || name === 'Fn::Split') return [];
  const [reference] = name === 'Fn::GetAtt' ? references(value, at) : [];
  const owner = context.template.Resources[reference?.target ?? ''];
  const attribute = owner && specOf(owner.Type, context.spec)?.attributes[reference?.attribute ?? ''];
  const given = attribute?.type.type ?? 'string';
  return accepts(type, given) ? [] : [`${at}: expected ${type.type}, found ${name}, which gives ${given}`];
}

function accepts(type: PropertyType, given: string): boolean {
  if (type.type === 'union') return type.types.some((member) => accepts(member, given));
  return type.type === given || type.type === 'json';
}

function isPrimitive(value: unknown, type: PropertyType): boolean {
  switch (type.type) {
    case 'string':
      return typeof value === 'string' && (type.allowedValues?.includes(value) ?? true);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'date-time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'json':
      return isRecord(value) || Array.isArray(value);
    case 'tag':
      return isRecord(value) && typeof value['Key'] === 'string' && 'Value' in value;
    default:
      return false;
  }
}
