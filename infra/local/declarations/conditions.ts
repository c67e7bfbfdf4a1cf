import { z } from 'zod';

interface Equals {
  readonly 'Fn::Equals': readonly [string, string];
}
interface Not {
  readonly 'Fn::Not': readonly [Condition];
}
interface And {
  readonly 'Fn::And': readonly Condition[];
}
interface Or {
  readonly 'Fn::Or': readonly Condition[];
}
interface Named {
  readonly Condition: string;
}
type Condition = Equals | Not | And | Or | Named;
type Conditions = Readonly<Record<string, unknown>>;

const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ 'Fn::Equals': z.tuple([z.string(), z.string()]) }),
    z.strictObject({ 'Fn::Not': z.tuple([Condition]) }),
    z.strictObject({ 'Fn::And': z.array(Condition) }),
    z.strictObject({ 'Fn::Or': z.array(Condition) }),
    z.strictObject({ Condition: z.string() }),
  ]),
);

const If = z.strictObject({ 'Fn::If': z.tuple([z.string(), z.unknown(), z.unknown()]) });
const NoValue = z.strictObject({ Ref: z.literal('AWS::NoValue') });

/** The resources whose condition holds, those without one too, and of every `Fn::If` in them the branch that counts. */
export function keepConditional(
  resources: Readonly<Record<string, unknown>>,
  conditions: Conditions,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(resources).flatMap(([id, resource]) => {
      const { Condition: name } = z.object({ Condition: z.string().optional() }).parse(resource);
      return name === undefined || isTrue(name, conditions)
        ? [[id, chooseBranches(resource, conditions)]]
        : [];
    }),
  );
}

/** Undefined for what `AWS::NoValue` takes away. */
function chooseBranches(tree: unknown, conditions: Conditions): unknown {
  const choice = If.safeParse(tree);
  if (choice.success) {
    const [name, yes, no] = choice.data['Fn::If'];
    return chooseBranches(isTrue(name, conditions) ? yes : no, conditions);
  }
  if (NoValue.safeParse(tree).success) return undefined;
  if (Array.isArray(tree)) {
    return tree.map((item) => chooseBranches(item, conditions)).filter((item) => item !== undefined);
  }
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .map(([key, value]) => [key, chooseBranches(value, conditions)])
      .filter(([, value]) => value !== undefined),
  );
}

function isTrue(name: string, conditions: Conditions): boolean {
  return holds(Condition.parse(conditions[name]), conditions);
}

function holds(condition: Condition, conditions: Conditions): boolean {
  if ('Condition' in condition) return isTrue(condition.Condition, conditions);
  if ('Fn::Not' in condition) return !holds(condition['Fn::Not'][0], conditions);
  if ('Fn::And' in condition) return condition['Fn::And'].every((part) => holds(part, conditions));
  if ('Fn::Or' in condition) return condition['Fn::Or'].some((part) => holds(part, conditions));
  const [left, right] = condition['Fn::Equals'];
  return left === right;
}
