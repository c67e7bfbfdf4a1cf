/** Pattern of an EventBridge rule, as far as it lists values. */
export type EventPattern<Value = string> =
  | readonly Value[]
  | { readonly [field: string]: EventPattern<Value> };

/** Whether an event has, in every field that the pattern names, one of the values listed there. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  if (isList(pattern)) return pattern.some((value) => value === event);
  if (typeof event !== 'object' || event === null) return false;
  const fields = new Map<string, unknown>(Object.entries(event));
  return Object.entries(pattern).every(([field, part]) => matchesPattern(part, fields.get(field)));
}

/** The pattern with every listed value changed. */
export function mapPattern<From, To>(
  pattern: EventPattern<From>,
  change: (value: From) => To,
): EventPattern<To> {
  if (isList(pattern)) return pattern.map(change);
  return Object.fromEntries(
    Object.entries(pattern).map(([field, part]) => [field, mapPattern(part, change)]),
  );
}

function isList<Value>(pattern: EventPattern<Value>): pattern is readonly Value[] {
  return Array.isArray(pattern);
}
