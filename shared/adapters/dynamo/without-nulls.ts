/** Drops the fields that are null: an absent attribute can be set by `if_not_exists`, a null one cannot. */
export function withoutNulls(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
