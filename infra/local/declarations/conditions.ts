import { z } from 'zod';

interface Equals {
  readonly 'Fn::Equals': readonly [string, string];
}
interface Not {
  readonly 'Fn::Not': readonly [Condition];
}
type Condition = Equals | Not;

const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ 'Fn::Equals': z.tuple([z.string(), z.string()]) }),
    z.strictObject({ 'Fn::Not': z.tuple([Condition]) }),
  ]),
);

/** The resources whose condition holds; those without a condition always do. */
export function keepConditional(
  resources: Readonly<Record<string, unknown>>,
  conditions: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(resources).filter(([, resource]) => {
      const { Condition: name } = z.object({ Condition: z.string().optional() }).parse(resource);
      return name === undefined || holds(Condition.parse(conditions[name]));
    }),
  );
}

function holds(condition: Condition): boolean {
  if ('Fn::Not' in condition) return !holds(condition['Fn::Not'][0]);
  const [left, right] = condition['Fn::Equals'];
  return left === right;
}
