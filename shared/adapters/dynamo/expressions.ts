import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** Names and values of expressions in which every attribute is written `#name` and every value `:name`. */
export interface ExpressionParts {
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/**
 * Collects the attribute names of `expressions` and those of `values` that they use
 * (the engine refuses names and values that no expression mentions).
 */
export function expressionParts(
  expressions: readonly string[],
  values: Readonly<Record<string, unknown>>,
): ExpressionParts {
  const text = expressions.join(' ');
  const names = Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([all, name]) => [all, String(name)]));
  const used = Object.entries(values).filter(([name]) => new RegExp(`:${name}\\b`).test(text));
  return {
    ExpressionAttributeNames: names,
    ...(used.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(used.map(([name, value]) => [`:${name}`, value])),
    }),
  };
}

/** `#state IN (:state0, :state1)` and its values, for a condition over the states that may have an event. */
export function stateIn(states: readonly string[]): {
  readonly expression: string;
  readonly values: Record<string, string>;
} {
  const values = Object.fromEntries(states.map((state, index) => [`state${index}`, state]));
  return {
    expression: `#state IN (${Object.keys(values)
      .map((name) => `:${name}`)
      .join(', ')})`,
    values,
  };
}

/** Whether a conditional write was made: its result, or undefined when the condition did not hold. */
export async function ifConditionHolds<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
